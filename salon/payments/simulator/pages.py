"""The hosted pages: pay an invoice, and the bank's 3-D Secure page. Plain HTML, Arabic and English, no script."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode, urlsplit

from salon.payments.simulator import cards
from salon.payments.simulator.store import Doc

LANGUAGES = ("ar", "en")

STYLE = """
:root { --ink: #1d1b20; --soft: #55505c; --line: #8a8494; --paper: #fff; --ground: #f4f2f6; --act: #4a2f7a;
  --bad: #a3182d; --good: #14633a; --warn: #fff3cd; color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.6 system-ui, "Segoe UI", Tahoma, sans-serif; }
.banner { background: var(--warn); padding: .6rem 1rem; text-align: center; font-weight: 600; }
main { max-width: 26rem; margin: 1rem auto; padding: 1.25rem; background: var(--paper); border-radius: 1rem; }
h1 { font-size: 1.25rem; margin: 0 0 .25rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
.amount { font-size: 1.75rem; font-weight: 700; margin: 0 0 1rem; unicode-bidi: isolate; }
label { display: block; margin: .75rem 0 .25rem; font-weight: 600; }
input { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem;
  font: inherit; color: inherit; background: var(--paper); }
input[aria-invalid] { border: 2px solid var(--bad); }
.number { direction: ltr; text-align: start; }
[dir=rtl] .number { text-align: right; }
.row { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: .75rem; align-items: start; }
button { width: 100%; min-height: 3rem; margin-top: 1rem; border: 1px solid var(--act); border-radius: .5rem;
  background: var(--act); color: #fff; font: inherit; font-weight: 700; cursor: pointer; }
button.quiet { background: var(--paper); color: var(--act); }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
a { color: var(--act); display: inline-block; min-height: 1.5rem; }
.soft { color: var(--soft); margin: .25rem 0; }
.error { color: var(--bad); margin: .25rem 0; }
.notice { border-inline-start: 4px solid var(--bad); padding: .5rem .75rem; margin: 0 0 1rem; }
.notice.good { border-color: var(--good); }
table { width: 100%; border-collapse: collapse; font-size: .875rem; }
td { text-align: start; padding-block: .25rem; padding-inline-end: .75rem; vertical-align: top; }
nav { display: flex; justify-content: space-between; gap: 1rem; margin-top: 1.25rem; }
"""

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "banner": "Test payment gateway: no real money moves",
        "title": "Pay the invoice",
        "amount": "Amount to pay",
        "name": "Name on card",
        "number": "Card number",
        "month": "Month",
        "year": "Year",
        "cvc": "CVC",
        "pay": "Pay {amount}",
        "back": "Back to the shop",
        "other": "العربية",
        "cards": "Test cards",
        "hint": "Any two names, any future date, any CVC.",
        "approved": "approved",
        "frictionless": "approved without verification",
        "no_funds": "declined, insufficient funds",
        "3ds_fails": "verification fails",
        "failed": "The payment did not go through",
        "retry": "Another card may be tried.",
        "paid": "This invoice is paid.",
        "expired": "This invoice has expired.",
        "canceled": "This invoice is cancelled.",
        "refunded": "This invoice is paid and refunded.",
        "voided": "The payment of this invoice was voided.",
        "3ds": "Bank verification (3-D Secure)",
        "3ds_hint": "A real bank asks for a code here. This test page asks what the bank would say.",
        "card": "Card",
        "approve": "Approve",
        "decline": "Decline",
        "done": "This payment is already settled.",
        "missing": "Page not found",
        "errors": "Please check the marked fields.",
        "two_names": "At least two names are needed.",
        "bad_number": "The card number has 13 to 19 digits.",
        "bad_month": "A month is 1 to 12.",
        "bad_year": "A year like 30 or 2030.",
        "past": "The card has expired.",
        "bad_cvc": "3 digits (Amex: 4).",
    },
    "ar": {
        "banner": "بوابة دفع تجريبية: لا تُخصم أي مبالغ حقيقية",
        "title": "دفع الفاتورة",
        "amount": "المبلغ المطلوب",
        "name": "الاسم على البطاقة",
        "number": "رقم البطاقة",
        "month": "الشهر",
        "year": "السنة",
        "cvc": "رمز الأمان",
        "pay": "دفع {amount}",
        "back": "العودة إلى المتجر",
        "other": "English",
        "cards": "بطاقات تجريبية",
        "hint": "أي اسم من كلمتين، وأي تاريخ قادم، وأي رمز أمان.",
        "approved": "مقبولة",
        "frictionless": "مقبولة بلا تحقق",
        "no_funds": "مرفوضة، الرصيد غير كافٍ",
        "3ds_fails": "يفشل التحقق",
        "failed": "لم تتم عملية الدفع",
        "retry": "يمكن تجربة بطاقة أخرى.",
        "paid": "هذه الفاتورة مدفوعة.",
        "expired": "انتهت صلاحية هذه الفاتورة.",
        "canceled": "هذه الفاتورة ملغاة.",
        "refunded": "هذه الفاتورة مدفوعة وتم رد مبلغها.",
        "voided": "أُلغيت عملية دفع هذه الفاتورة.",
        "3ds": "تحقق البنك",
        "3ds_hint": "يطلب البنك الحقيقي رمزًا هنا. هذه الصفحة التجريبية تسأل عن رد البنك.",
        "card": "البطاقة",
        "approve": "قبول",
        "decline": "رفض",
        "done": "انتهت عملية الدفع هذه.",
        "missing": "الصفحة غير موجودة",
        "errors": "يرجى مراجعة الحقول المحددة.",
        "two_names": "يلزم اسمان على الأقل.",
        "bad_number": "رقم البطاقة من 13 إلى 19 رقمًا.",
        "bad_month": "الشهر من 1 إلى 12.",
        "bad_year": "سنة مثل 30 أو 2030.",
        "past": "انتهت صلاحية البطاقة.",
        "bad_cvc": "3 أرقام (أمريكان إكسبريس: 4).",
    },
}

HINTS = (
    (cards.MADA, "mada", "approved"),
    (cards.VISA, "Visa", "approved"),
    (cards.VISA_FRICTIONLESS, "Visa", "frictionless"),
    (cards.MASTERCARD, "Mastercard", "approved"),
    (cards.MADA_NO_FUNDS, "mada", "no_funds"),
    (cards.VISA_3DS_FAILS, "Visa", "3ds_fails"),
)

_FIELDS = (
    ("name", "cc-name", "text", ""),
    ("number", "cc-number", "numeric", "number"),
    ("month", "cc-exp-month", "numeric", "number"),
    ("year", "cc-exp-year", "numeric", "number"),
    ("cvc", "cc-csc", "numeric", "number"),
)


def invoice_page(
    invoice: Doc,
    lang: str,
    *,
    failed: Doc | None = None,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> str:
    """The page behind `invoice["url"]`. `failed` is the payment that was just turned down."""
    say = TEXTS[lang]
    problems = problems or {}
    parts = [f"<h1>{say['title']}</h1>", f'<p class="soft">{_isolated(invoice["description"])}</p>']
    parts.append(f'<p class="soft">{say["amount"]}</p><p class="amount">{escape(invoice["amount_format"])}</p>')
    if failed is not None:
        reason = _isolated(failed["source"]["message"] or "")
        parts.append(f'<div class="notice" role="alert"><strong>{say["failed"]}</strong><br>{reason}')
        parts.append(f"<br>{say['retry']}</div>" if invoice["status"] == "initiated" else "</div>")
    if problems:
        parts.append(f'<p class="notice" role="alert">{say["errors"]}</p>')
    if invoice["status"] == "initiated":
        parts.append(_card_form(invoice, lang, typed or {}, problems))
    else:
        good = " good" if invoice["status"] == "paid" else ""
        parts.append(f'<p class="notice{good}" role="status">{say.get(invoice["status"], "")}</p>')
    back = invoice["back_url"] or invoice["success_url"]
    link = f'<a href="{escape(back)}">{say["back"]}</a>' if back else "<span></span>"
    parts.append(_nav(link, lang))
    return _page(lang, say["title"], "".join(parts))


def three_d_secure_page(payment: Doc, lang: str) -> str:
    """What the bank would show."""
    say = TEXTS[lang]
    parts = [f"<h1>{say['3ds']}</h1>", f'<p class="amount">{escape(payment["amount_format"])}</p>']
    parts.append(f'<p class="soft">{say["card"]}: <bdi dir="ltr">{escape(payment["source"]["number"])}</bdi></p>')
    if payment["status"] == "initiated":
        parts.append(f'<p class="soft">{say["3ds_hint"]}</p><form method="post">')
        parts.append(f'<input type="hidden" name="lang" value="{lang}">')
        parts.append(f'<button name="result" value="approve">{say["approve"]}</button>')
        parts.append(f'<button name="result" value="decline" class="quiet">{say["decline"]}</button></form>')
    else:
        parts.append(f'<p class="notice" role="status">{say["done"]}</p>')
    parts.append(_nav("<span></span>", lang))
    return _page(lang, say["3ds"], "".join(parts))


def missing_page(lang: str) -> str:
    say = TEXTS[lang]
    return _page(lang, say["missing"], f"<h1>{say['missing']}</h1>")


def _card_form(invoice: Doc, lang: str, typed: Mapping[str, str], problems: Mapping[str, str]) -> str:
    say = TEXTS[lang]
    fields = {}
    for name, autocomplete, mode, css in _FIELDS:
        problem = problems.get(name)
        wrong = f' aria-invalid="true" aria-describedby="{name}-error"' if problem else ""
        # A card number or a CVC is never written back into a page.
        value = "" if name in ("number", "cvc") else escape(typed.get(name, ""))
        fields[name] = (
            f'<div><label for="{name}">{say[name]}</label>'
            f'<input id="{name}" name="{name}" autocomplete="{autocomplete}" inputmode="{mode}" class="{css}"'
            f' value="{value}" required maxlength="60"{wrong}>'
            + (f'<p class="error" id="{name}-error">{_problem(say, problem)}</p>' if problem else "")
            + "</div>"
        )
    listed = "".join(
        f'<tr><td><bdi dir="ltr">{number}</bdi></td><td>{scheme}</td><td>{say[what]}</td></tr>'
        for number, scheme, what in HINTS
    )
    return (
        f'<form method="post" action="/invoices/{escape(invoice["id"])}/pay" novalidate>'
        f'<input type="hidden" name="lang" value="{lang}">'
        f"{fields['name']}{fields['number']}"
        f'<div class="row">{fields["month"]}{fields["year"]}{fields["cvc"]}</div>'
        f"<button>{say['pay'].format(amount=_isolated(invoice['amount_format']))}</button></form>"
        f"<h2>{say['cards']}</h2><p>{say['hint']}</p>"
        f"<table><tbody>{listed}</tbody></table>"
    )


def _problem(say: Mapping[str, str], word: str) -> str:
    return say.get(f"bad_{word}", say.get(word, ""))


def _nav(link: str, lang: str) -> str:
    other = "en" if lang == "ar" else "ar"
    return f'<nav>{link}<a href="?lang={other}" lang="{other}" hreflang="{other}">{TEXTS[lang]["other"]}</a></nav>'


def _isolated(text: str) -> str:
    """Text of unknown direction, kept from turning its neighbours around."""
    return f"<bdi>{escape(text)}</bdi>"


def _page(lang: str, title: str, body: str) -> str:
    direction = "rtl" if lang == "ar" else "ltr"
    return (
        f'<!doctype html><html lang="{lang}" dir="{direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title} - Moyasar test</title>"
        '<link rel="stylesheet" href="/style.css"></head><body>'
        f'<header class="banner">{TEXTS[lang]["banner"]}</header><main>{body}</main></body></html>'
    )


def with_result(address: str, payment: Doc) -> str:
    """Where the browser goes next: the shop's own address, its query kept, four facts added."""
    from_moyasar = {
        "id": payment["id"],
        "status": payment["status"],
        "message": payment["source"]["message"] or "",
        "invoice_id": payment["invoice_id"] or "",
    }
    added = urlencode({name: value for name, value in from_moyasar.items() if value})
    parts = urlsplit(address)
    return parts._replace(query=f"{parts.query}&{added}" if parts.query else added).geturl()
