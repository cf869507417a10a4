"""What declarations to customs have in common, and what customs do with them. As contract.py: a
contract that calls one of these functions goes on the ledger with it. Collections of the state:

    declaration/<document id>   what became of a declaration, of any kind
        kind          its type
        state         "lodged", then "cleared", "refused" or "discharged"
        declarant     who declared
        country       whose customs decide
        open_holds    holds not released yet: ids of holds; "<country>/<rule>" of border rules
        duty_due      what is assessed, a decimal; what is paid of it stands in paid/<assessment>
        currencyCode  of the assessment
        assessment    the document that assessed it (itself, where a border rule did), or None
        lodgedOn      the day on which it was accepted, whose rates and rules count
        bond          {"document", "amount"} while a bond stands for it
        clearance, refusal, appeal, discharge   documents, where there are such
    licence/<trade-licence id>  {"country", "holder", "unitCode", "left"}; "movedTo" once superseded
    drawn/<declaration id>      {licence id: quantity}: what it takes of licences
    bond/<customs-bond id>      {"country", "principal", "currencyCode", "left"}
    trusted/<country>/<organisation>    {"document", "programme", "level", "validFrom"} of an AEO
"""

CARRIAGE_APART = ["EXW", "FCA", "FAS", "FOB"]
MINOR = [1, 10, 100, 1000, 10000]
INSURANCE_APART = ["EXW", "FCA", "FAS", "FOB", "CFR", "CPT"]


# Lodging


def move_licences(identity, sign):
    """Draw what a declaration takes of its licences (-1), or give it back (1)."""
    drawn = get("drawn", identity) or {}
    for first in drawn:
        key = first
        licence = get("licence", key)
        while "movedTo" in licence:
            key = licence["movedTo"]
            licence = get("licence", key)
        left = decimal(licence["left"]) + sign * decimal(drawn[first])
        require(left >= 0, "licence-exhausted", "the licence has less left than the goods need: "
                "left, needed", licence["left"], drawn[first], key, "/refs")
        put("licence", key, {**licence, "left": str(left)})


def lodge(doc, refs, country, currency):
    """Keep a declaration; gives the day whose rates and rules count for it.

    One that supersedes another keeps that day, and border rules run anew. What customs hold or have
    assessed is bound, and cannot be superseded at all (so UCC article 173).
    """
    lodged = date_of(doc["time"])
    if "supersedes" in refs:
        old = refs["supersedes"]["id"]
        before = get("declaration", old)
        require(get("paid", old) is None, "already-paid",
                "what is due for it has been paid, at least in part", "/refs/supersedes")
        require(before["country"] == country, "other-border", "what is declared elsewhere is a "
                "declaration of its own", before["country"], "/refs/supersedes")
        lodged = before["lodgedOn"]
        move_licences(old, 1)
    put("declaration", doc["id"], {
        "kind": doc["vct"].split(":")[2], "state": "lodged", "declarant": doc["iss"],
        "country": country, "open_holds": [], "duty_due": "0", "currencyCode": currency,
        "assessment": None, "lodgedOn": lodged})
    return lodged


def take_mrn(doc, refs):
    """Customs' own number of a declaration, where it has one: once, and with its check digit."""
    if "movementReferenceNumber" in doc["body"]:
        number = doc["body"]["movementReferenceNumber"]
        path = "/body/movementReferenceNumber"
        require(check_digit("mrn", number), "check-digit",
                "the movement reference number fails its check digit", number, path)
        claim_number(doc, refs, "mrn/" + doc["iss"] + "/" + number.lower(), path)


def check_represented(doc, refs, party, path, country):
    """Who declares for another member has its power of attorney. Without one it is warned: whether
    that will do is for the law of the border."""
    principal = party.get("organisation", doc["iss"])
    if not may_act_for(doc, refs, principal, "DECLARE", country):
        require(in_role(refs, "powerOfAttorney") == [], "not-authorised", "the power of attorney "
                "is not for you to declare in this country on behalf of", principal, country,
                "/refs/powerOfAttorney")
        warn("not-authorised", f"declared on behalf of {principal}: refer to its power of attorney "
             "as powerOfAttorney", path)


def check_declared(doc, refs, parties, country):
    """What declarations of goods, in and out, say of themselves: countries, numbers, goods, who.
    The first of `parties` is whose goods they are, and who declares them or has them declared."""
    body = doc["body"]
    check_countries(body, ["destinationCountry", "exportationCountry"])
    take_number(doc, refs, body["localReferenceNumber"], "/body/localReferenceNumber")
    take_mrn(doc, refs)
    for item in body["goodsItems"]:
        check_weights(item, "netWeight", "grossWeight", "/body/goodsItems")
        check_country(item["originCountry"], "/body/goodsItems")
    check_parties(body, parties)
    check_represented(doc, refs, body[parties[0]], "/body/" + parties[0], country)


def check_invoiced(body, refs):
    """Goods are what the invoices say they are, to the six digits that are the same everywhere."""
    invoices = [claims["body"] for claims in in_role(refs, "invoice")]
    lines = []
    for invoice in invoices:
        if invoice["destinationCountry"] != body["destinationCountry"]:
            warn("other-destination", "the invoice names another destination", "/refs/invoice")
        if not shown(invoice, "itemsShipped", "hs-mismatch"):
            return
        lines.extend(invoice["itemsShipped"])
    if invoices:
        check_same_goods(body["goodsItems"], lines, "invoice", "/body/goodsItems")


# Tables


def by_prefix(rows):
    """Rows of a reference table by their `hs`."""
    index = {}
    for row in rows:
        index[row["hs"]] = index.get(row["hs"], []) + [row]
    return index


def rows_for(index, code):
    """The rows whose `hs` is how a code begins, the longest first."""
    found = []
    for size in range(len(code), 1, -1):
        if code[:size] in index:
            found.extend(index[code[:size]])
    return found


def row_for(index, item, agreement):
    """Of the rows for an item the one that counts: longest code, then the agreement under which
    preference is claimed (None: none is), then origin, then any. None where the table has none."""
    best = None
    score = -1
    for row in rows_for(index, item["hsCode"]):
        here = (4 * len(row["hs"]) + (2 if "agreement" in row else 0)
                + (1 if row["origin"] != "*" else 0))
        if (row["origin"] in ["*", item["originCountry"]]
                and row.get("agreement", agreement) == agreement and here > score):
            best = row
            score = here
    return best


def tariff_row(tables, name, item, country, date):
    """The row of the table `name` for an item without preference, on a day; None without a row or
    a table. `tables` keeps what was looked up, for the next item."""
    if name not in tables:
        table = table_on(country, name, date)
        tables[name] = by_prefix(table["rows"]) if table is not None else {}
    return row_for(tables[name], item, None)


def check_not_prohibited(items, country, date):
    """The table `prohibited` of a border: goods, of any or of one origin, that do not come in."""
    table = table_on(country, "prohibited", date)
    if table is not None:
        index = by_prefix(table["rows"])
        for item in items:
            for row in rows_for(index, item["hsCode"]):
                require(row["origin"] not in ["*", item["originCountry"]], "prohibited-goods",
                        f"customs of {country} let no such goods in: HS, origin", row["hs"],
                        row["origin"], "/body/goodsItems")


def check_required_documents(items, refs, country, date):
    """The table `required-documents` of a border: types that goods come with, one of each list."""
    table = table_on(country, "required-documents", date)
    if table is not None:
        index = by_prefix(table["rows"])
        types = [claims["vct"].split(":")[2] for claims in refs.values()]
        for code in {item["hsCode"]: True for item in items}:
            for row in rows_for(index, code):
                for choice in row["types"]:
                    require(any(name in types for name in choice), "document-required",
                            f"customs of {country} ask for one of these for HS", row["hs"],
                            ", ".join(choice), "/refs")


def agreement_parties(country, agreement, date, path):
    """The parties to a trade agreement, by the table `agreements` of the border; None, with a
    warning, where its customs publish none."""
    table = table_on(country, "agreements", date)
    if table is None:
        warn("agreement-not-published",
             f"customs of {country} publish no agreements: parties are not checked", path)
        return None
    require(agreement in table, "not-in-agreement",
            f"customs of {country} know no agreement {agreement}; they publish",
            ", ".join(list(table)[:20]), path)
    return table[agreement]


def trusted_trader(country, trader, now):
    """The status of a trusted trader (AEO and the like) that customs of a country gave an
    organisation, if it holds at `now`: {"document", "programme", "level", ...}; or None."""
    held_status = get("trusted", country + "/" + trader)
    if held_status is None:
        return None
    status = get("status", held_status["document"])
    if status is not None and status["state"] in ["revoked", "superseded", "ended"]:
        return None
    today = now // DAY_S
    if days(held_status["validFrom"]) > today:
        return None
    if "validUntil" in held_status and days(held_status["validUntil"]) < today:
        return None
    return held_status


# Licences


def check_licence(doc, licence, country, direction, party):
    body = licence["body"]
    require(body["country"] == country and body["direction"] == direction, "licence-mismatch",
            "a licence of another country, or for the other direction", body["country"],
            body["direction"], licence["id"], "/refs")
    holder = body["holder"].get("organisation")
    require(holder in [None, doc["iss"], party.get("organisation")], "licence-mismatch",
            "the licence is another company's", holder, licence["id"], "/refs")


def licensed_quantity(item, unit):
    """How much of an item counts, in the unit of a licence: weights are net and in kilograms."""
    if unit == "KGM":
        return kilograms(item["netWeight"])
    require(item.get("supplementaryUnitCode") == unit and "supplementaryUnits" in item,
            "licence-mismatch", "the licence counts in a unit that this item is not declared in: "
            "give supplementaryUnits with supplementaryUnitCode", unit, "/body/goodsItems")
    return decimal(item["supplementaryUnits"])


def covers(licence, item):
    """Whether a licence names the goods of an item, by digits with which their code begins."""
    return any(goods["hsEdition"] == item["hsEdition"]
               and item["hsCode"].startswith(goods["hsCode"])
               for goods in licence["body"]["goodsItems"])


def draw_item(item, licences, states, taken):
    """Draw an item from the licences that name it. Those of one authority and unit share the load;
    those of several authorities are each needed in full."""
    needs = {}
    for licence in licences:
        if covers(licence, item):
            key = licence["id"]
            unit = states[key]["unitCode"]
            share = licence["iss"] + " " + unit
            if share not in needs:
                needs[share] = licensed_quantity(item, unit)
            part = min(needs[share], decimal(states[key]["left"]) - taken.get(key, 0))
            needs[share] -= part
            taken[key] = taken.get(key, 0) + part
    for more in needs.values():
        require(more == 0, "licence-exhausted", "the licence has not enough left: more needed, for "
                "goods of HS", more, item["hsCode"], "/body/goodsItems")


def draw_licences(doc, refs, country, direction, party):
    """Draw the declared goods from the licences in the role `licence`, never below zero."""
    licences = in_role(refs, "licence")
    states = {licence["id"]: get("licence", licence["id"]) for licence in licences}
    taken = {}
    for licence in licences:
        check_licence(doc, licence, country, direction, party)
    if licences:
        for item in doc["body"]["goodsItems"]:
            draw_item(item, licences, states, taken)
        for licence in licences:
            require(licence["id"] in taken, "licence-mismatch",
                    "no goods that this licence names are declared", licence["id"], "/refs")
        put("drawn", doc["id"], {key: str(taken[key]) for key in taken})
        move_licences(doc["id"], -1)


# Customs value


def sum_of_values(items, member, minor):
    """The declared values in all, or None where one is hidden."""
    total = decimal(0)
    for item in items:
        if not shown(item, member, "value-mismatch"):
            return None
        total += amount(item, member, minor, "/body/goodsItems")
    return total


def price_counted(invoice, incoterm, basis):
    """What of an invoice's total counts, or None where what it takes to know is hidden.

    Import duty and tax in the price of DDP do not count where they are shown apart (note to
    article 1 of the WTO valuation agreement), nor freight and insurance on a basis of FOB (8.2).
    """
    if not shown(invoice, "totalPaymentDue", "value-mismatch"):
        return None
    price = decimal(invoice["totalPaymentDue"])
    apart = ["tax"] if incoterm == "DDP" else []
    if basis == "FOB":
        apart.extend(["freightCost", "insuranceCost"])
    for member in apart:
        if shown(invoice, member, "value-mismatch"):
            price -= decimal(invoice[member])
        elif "_sd" in invoice:
            return None
    return price


def cost_counted(body, invoices, member, apart, basis):
    """What the declared freight, or insurance, adds to the prices, or None where it is hidden.

    apart  whether the price of some invoice leaves it to the buyer, by its Incoterm
    """
    if basis == "FOB" and (apart or any(member in invoice for invoice in invoices)):
        return decimal(0)
    costs = body.get("deliveryCosts", {})
    declared = shown(costs, member, "value-mismatch")
    if not declared and "_sd" in costs:
        return None
    if basis == "FOB":
        return 0 - decimal(costs.get(member, "0"))
    path = "/body/deliveryCosts"
    require(declared or not apart or member != "freightCost", "freight-missing",
            "the price leaves freight to the buyer: say what it costs to the place of entry", path)
    require(apart or not declared, "cost-in-price",
            "by the Incoterm the price includes it: it would count twice", member, path)
    return decimal(costs.get(member, "0"))


def adjustments(body, minor):
    """Article 8 additions, codes A…, less what is shown apart and does not count, codes B…; None
    where an amount is hidden."""
    total = decimal(0)
    for each in body.get("additionsAndDeductions", []):
        if not shown(each, "amount", "value-mismatch"):
            return None
        value = amount(each, "amount", minor, "/body/additionsAndDeductions")
        total += value if each["code"].startswith("A") else 0 - value
    return total


def incoterm_of(invoice, body):
    """The rule of an invoice, which a declaration does not contradict; or the declaration's."""
    declared = body.get("termsOfDelivery", {}).get("incoterm")
    invoiced = invoice.get("termsOfDelivery", {}).get("incoterm", declared)
    require(declared in [None, invoiced], "incoterm-mismatch",
            "the invoice is on other terms of delivery: invoice, declaration", invoiced, declared,
            "/body/termsOfDelivery")
    return invoiced


def converted(value, currency, into, country, date):
    """An amount in the currency of the declaration, by the table `exchange-rates` of the border:
    {"currencyCode": "EUR", "rates": {"USD": "1.0850"}}, so many for one. None without a rate."""
    if value is None or currency == into:
        return value
    table = table_on(country, "exchange-rates", date)
    if table is None or table["currencyCode"] != into or currency not in table["rates"]:
        warn("value-not-compared", f"customs of {country} publish no rate of {currency} in {into} "
             "for this day", "/body/currencyOfSettlement")
        return None
    return value / decimal(table["rates"][currency])


def expected_value(body, invoices, basis, country, date, minor):
    """What the invoices, freight and insurance come to; None where that cannot be known."""
    into = body["currencyOfSettlement"]
    terms = [incoterm_of(invoice, body) for invoice in invoices]
    if None in terms:
        warn("value-not-compared", "no terms of delivery are named", "/body/termsOfDelivery")
        return None
    total = adjustments(body, minor)
    for number, invoice in enumerate(invoices):
        price = converted(price_counted(invoice, terms[number], basis),
                          invoice["currencyOfSettlement"], into, country, date)
        if price is None or total is None:
            total = None
        else:
            total += price
    freight = cost_counted(body, invoices, "freightCost",
                           any(term in CARRIAGE_APART for term in terms), basis)
    insurance = cost_counted(body, invoices, "insuranceCost",
                             any(term in INSURANCE_APART for term in terms), basis)
    if total is None or freight is None or insurance is None:
        return None
    return total + freight + insurance


def check_value(body, refs, member, basis, country, date):
    """The values of the items are what invoices, freight and insurance come to (`value-mismatch`).

    WTO Customs Valuation Agreement: the price paid or payable (article 1), with or without the cost
    of carriage and insurance to the place of entry (8.2), as the `basis` says: "CIF" or "FOB". What
    the price includes, the Incoterm of the invoice tells. Amounts are exact; converted, each item
    and invoice may be off by a minor unit.
    """
    minor = currency_units(body["currencyOfSettlement"], "/body/currencyOfSettlement")
    items = body["goodsItems"]
    total = sum_of_values(items, member, minor)
    invoices = [claims["body"] for claims in in_role(refs, "invoice")]
    if invoices == []:
        return
    if any(item.get("valuationMethod", "1") != "1" for item in items):
        warn("value-not-compared", "by another method than the price paid: customs ask why",
             "/body/goodsItems")
        return
    expected = expected_value(body, invoices, basis, country, date, minor)
    if total is None or expected is None:
        return
    slack = decimal(0)
    if any(each["currencyOfSettlement"] != body["currencyOfSettlement"] for each in invoices):
        slack = decimal(len(items) + len(invoices)) / MINOR[minor]
    low = 0 if body.get("partialConsignment") else expected - slack
    require(low <= total <= expected + slack, "value-mismatch",
            f"{member} sums up to; invoice, freight and insurance on a {basis} basis come to",
            total, round(expected, minor), "/body/goodsItems")


# What customs do


def declared_here(signer, declaration):
    """What became of a declaration so far. Only customs of its own border act on it."""
    declared = get("declaration", declaration["id"])
    require(signer["country"] == declared["country"], "not-your-border",
            "only customs of the country that it is declared to decide on it", declared["country"],
            "/refs/declaration")
    return declared


def check_office(body, signer):
    """The customs office that a decision names is one of the signer's country."""
    require(body.get("customsOffice", signer["country"]).startswith(signer["country"]),
            "not-your-border", "the office is in another country than its customs",
            body.get("customsOffice"), signer["country"], "/body/customsOffice")


def check_undecided(declared):
    require(declared["state"] == "lodged", "already-decided",
            "the goods were released or refused before, by document",
            declared.get("clearance", declared.get("refusal", declared.get("discharge"))),
            "/refs/declaration")


# Bonds


def draw_bond(doc, bond, value, currency, principals, countries):
    """A bond stands for an amount: {"document", "amount"}, kept with the declaration. From then on
    its issuer cannot take it back."""
    state = get("bond", bond["id"])
    require(state["principal"] in principals, "bond-mismatch", "the bond is another's: principal",
            state["principal"], bond["id"], "/refs/customsBond")
    require(state["country"] in countries, "bond-mismatch", "the bond is for another country",
            state["country"], bond["id"], "/refs/customsBond")
    require(state["currencyCode"] == currency, "currency-mismatch", "the bond is in",
            state["currencyCode"], currency, "/refs/customsBond")
    earlier = get("status", bond["id"])
    require(earlier is None or bond["body"]["bondType"] == "CONTINUOUS", "bond-used",
            "a bond for a single operation was used before, by document", earlier["by"],
            "/refs/customsBond")
    left = decimal(state["left"]) - value
    require(left >= 0, "bond-exhausted", "the bond has less left than is needed: left, needed",
            state["left"], value, bond["id"], "/refs/customsBond")
    put("bond", bond["id"], {**state, "left": str(left)})
    bind(bond["id"], doc["id"])
    return {"document": bond["id"], "amount": str(value)}


def restore_bond(declared):
    """What a bond stood for is done: it is free for as much again."""
    drawn = declared["bond"]
    state = get("bond", drawn["document"])
    left = decimal(state["left"]) + decimal(drawn["amount"])
    put("bond", drawn["document"], {**state, "left": str(left)})
    return {name: value for name, value in declared.items() if name != "bond"}
