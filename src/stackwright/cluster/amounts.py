"""IntOrString: a number, or a percentage of one.

Source: k8s.io/apimachinery pkg/util/intstr (GetScaledValueFromIntOrPercent).
"""


def scaled(value: int | str | None, total: int, *, up: bool) -> int:
    """`value` out of `total`, a percentage rounded up or down. None and what cannot be read count 0."""
    if value is None:
        return 0
    if isinstance(value, int):
        return value
    text = value.strip()
    if not text.endswith("%") or not text[:-1].lstrip("-").isdigit():
        return int(text) if text.lstrip("-").isdigit() else 0
    product = int(text[:-1]) * total
    return -(-product // 100) if up else product // 100
