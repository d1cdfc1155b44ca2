"""Only for the kit page of developers: show a piece of markup and, below it, the HTML it became."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms, template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


class _Sample(template.Node):
    def __init__(self, title: FilterExpression, inside: NodeList) -> None:
        self.title = title
        self.nodelist = inside

    def render(self, context: template.Context) -> SafeString:
        html = SafeString(self.nodelist.render(context).strip())
        return format_html(
            '<section class="card stack"><h2 class="card__title">{}</h2>{}<details class="fold"><summary>HTML</summary>'
            '<div class="tablewrap" tabindex="0" role="region" aria-label="HTML"><pre>{}</pre></div></details>'
            "</section>",
            self.title.resolve(context),
            html,
            "\n".join(line for line in str(html).splitlines() if line.strip()),
        )


@register.tag
def sample(parser: Parser, token: Token) -> _Sample:
    """{% sample "Title" %} markup {% endsample %}"""
    title = parser.compile_filter(token.split_contents()[1])
    inside = parser.parse(("endsample",))
    parser.delete_first_token()
    return _Sample(title, inside)


class KitForm(forms.Form):
    """Fields in their three states: empty, filled, refused."""

    name = forms.CharField(label="الاسم", initial="لمى القحطاني")
    phone = forms.CharField(
        label="رقم الجوال", help_text="يصل الرمز برسالة نصية", widget=forms.TextInput({"type": "tel"})
    )
    code = forms.CharField(label="رمز التحقق")
    note = forms.CharField(label="ملاحظة للصالون", required=False, max_length=10, widget=forms.Textarea)
    city = forms.ChoiceField(label="المدينة", choices=[("riyadh", "الرياض"), ("jeddah", "جدة")])
    agree = forms.BooleanField(label="استلام التذكيرات", required=False)


@register.simple_tag
def kit_samples() -> dict[str, Any]:
    """Made-up rows in the shapes that the components document."""
    times = [{"url": "#", "label": label, "iso": ""} for label in ("1:30 م", "4:30 م", "6:00 م")]
    card = {
        "name": "لمسة ورد",
        "url": "#",
        "image": static("img/art/interior-640.webp"),
        "area": "حي الملقا",
        "audience": "نساء",
        "rating": "4.9",
        "reviews": 12,
        "service": "قص وتصفيف",
        "price_from": 15500,
        "times": times,
    }
    return {
        "card": card,
        "bare": {**card, "times": [], "reviews": 0, "service": "", "none_text": "لا أوقات اليوم"},
        "form": KitForm(),
        "refused": KitForm({"name": "", "phone": "123", "code": "12", "note": "x" * 20, "city": "riyadh"}),
        "day": date(2026, 11, 26),
        "rows": [
            {"label": "الإجمالي", "amount": 32000, "kind": "total"},
            {"label": "المستحق الآن", "amount": 8000, "kind": "now"},
            {"label": "في الصالون", "amount": 24000},
        ],
        "staff": [("نورة", "c1"), ("ريم", "c2"), ("هند", "c6"), ("لمى", "c5"), ("سارة", "c4"), ("مها", "c3")],
        "statuses": [
            *(("held", "محجوز مؤقتًا"), ("requested", "بانتظار التأكيد"), ("confirmed", "مؤكد"), ("arrived", "وصول")),
            *(("completed", "مكتمل"), ("no_show", "عدم حضور"), ("cancelled", "ملغى"), ("declined", "مرفوض")),
        ],
        "days": [("الأربعاء", 25, 1, ""), ("الخميس", 26, 3, "on"), ("الجمعة", 27, 0, "closed"), ("السبت", 28, 2, "")],
        "events": [
            {"c": 1, "s": 0, "d": 4, "hue": "c1", "status": "completed", "pill": ""},
            {"c": 1, "s": 5, "d": 5, "hue": "c1", "status": "arrived", "pill": "وصول"},
            {"c": 2, "s": 2, "d": 3, "hue": "c2", "status": "confirmed", "pill": ""},
            {"c": 2, "s": 8, "d": 6, "hue": "c2", "status": "requested", "pill": "بانتظار التأكيد"},
            {"c": 3, "s": 0, "d": 6, "hue": "c6", "status": "no_show", "pill": "عدم حضور"},
            {"c": 3, "s": 7, "d": 2, "hue": "c6", "status": "held", "pill": ""},
        ],
        "hours": [(0, 10), (4, 11), (8, 12), (12, 1)],
    }
