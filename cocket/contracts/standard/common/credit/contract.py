"""What letters of credit, presentations and answers have in common. No type of its own. UCP 600.

    credit/<letter-of-credit id>    of a credit, not of its amendments:
        currencyCode, drawn    what was drawn, a decimal
        version                the document whose terms hold: the credit, or an amendment of it
        offered                an amendment that the beneficiary has not answered (article 10)
    credit/<amendment id>       {"original": letter-of-credit id}
    presentation/<id>           {"state" presented, honoured or refused, "credit": original,
                                "terms": version, "bank": issuing, "discrepancies", "presentedOn",
                                "answer"?: id}
    presentation/<invoice id>   {"honoured": id of the presentation it was honoured with}
"""

WEEKEND = [5, 6]
SEARCH_DAYS = 60


def original_of(credit_id):
    """The credit that an amendment is of, or itself; what happened to it."""
    state = get("credit", credit_id)
    if "original" in state:
        return state["original"], get("credit", state["original"])
    return credit_id, state


def is_banking_day(country, day):
    """Whether banks of a country work on a day (days since 1970), by its table `banking-days`:
    {"holidays": [dates], "weekend"?: [days of the week, 0 is Monday]}; else Monday to Friday."""
    date = date_of(day * DAY_S)
    table = table_on(country, "banking-days", date) or {}
    weekday = (day + 3) % 7
    return weekday not in table.get("weekend", WEEKEND) and date not in table.get("holidays", [])


def banking_days_after(country, day, count):
    """The banking day that is `count` banking days after a day; 0: the first on or after it."""
    at = day
    left = count
    for step in range(SEARCH_DAYS):
        if step > 0 and is_banking_day(country, at):
            left -= 1
        if left <= 0 and is_banking_day(country, at):
            return at
        at += 1
    return at
