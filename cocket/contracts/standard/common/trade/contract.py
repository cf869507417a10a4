"""What orders, their confirmations and invoices have in common. No type of its own."""


def units_of_line(line):
    """How many units a line is of: its `quantity`, or `itemCount` for pieces; or None."""
    if "quantity" in line:
        return decimal(line["quantity"])
    return decimal(line["itemCount"]) if "itemCount" in line else None


def price_of_line(line, minor, rule, path):
    """What a line comes to, or None and `rule` unchecked where that is hidden.

    It is quantity times unit price, rounded to the currency's minor unit, a half either way.
    """
    if not shown(line, "lineItemTotalPrice", rule):
        return None
    price = amount(line, "lineItemTotalPrice", minor, path)
    units = units_of_line(line)
    if shown(line, "unitPrice", "line-total") and units is not None:
        exact = units * decimal(line["unitPrice"])
        require(exact == price or round(exact - price, minor) == 0, "line-total",
                "not quantity times unit price", price, path)
    return price


def sum_of_lines(lines, minor, rule, path):
    """The sum of the lines, or None where a line's total is hidden."""
    total = 0
    hidden = False
    for line in lines:
        if "quantity" in line and "unitPrice" in line and "lineItemTotalPrice" in line:
            price = decimal(line["lineItemTotalPrice"])
            exact = decimal(line["quantity"]) * decimal(line["unitPrice"])
            if exact == price and price == round(price, minor):
                total += price
                continue  # nothing is hidden, rounded or wrong: the usual line
        price = price_of_line(line, minor, rule, path)
        if price is None:
            hidden = True
        else:
            total += price
    return None if hidden else total
