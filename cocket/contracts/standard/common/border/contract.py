"""What border rules say, and no other contract: goods are held, duty is assessed. No type of its
own. The engine hears it as events: `cocket/contracts/borders.py`."""


def hold_goods(code, message):
    """Hold the goods of the declaration that is lodged, until customs release them."""
    emit("hold", [{"code": code, "message": message}])


def duty_line(item, kind, base, rate, places, table, day):
    """A line of an assessment: `rate` per cent of `base`, with its working.

    item  number of the goods item, from 1;  kind  what is charged, such as A00 (customs duty)
    """
    charge = round(base * rate / 100, places)
    return {"item": item, "type": kind, "taxBase": str(base), "rate": str(rate),
            "amount": str(charge), "table": table, "from": day,
            "working": f"{base} x {rate} % = {charge}"}


def flat_line(item, kind, count, each, places, table, day):
    """A line of an assessment: so much for `each` of `count`, with its working."""
    charge = round(each * count, places)
    return {"item": item, "type": kind, "taxBase": str(count), "rate": str(each),
            "amount": str(charge), "table": table, "from": day,
            "working": f"{count} x {each} = {charge}"}


def assess_duty(currency, lines):
    """What is due for the declaration that is lodged, line by line."""
    emit("assess", {"currencyCode": currency, "lines": lines})
