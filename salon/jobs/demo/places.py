"""Cities, districts and kinds of service. Slug, Arabic, English."""

from __future__ import annotations

CITIES: tuple[tuple[str, str, str], ...] = (
    ("riyadh", "الرياض", "Riyadh"),
    ("jeddah", "جدة", "Jeddah"),
    ("dammam", "الدمام", "Dammam"),
    ("khobar", "الخبر", "Al Khobar"),
    ("madinah", "المدينة المنورة", "Madinah"),
)

DISTRICTS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "riyadh": (
        ("malqa", "الملقا", "Al Malqa"),
        ("narjis", "النرجس", "An Narjis"),
        ("yasmin", "الياسمين", "Al Yasmin"),
        ("olaya", "العليا", "Al Olaya"),
        ("malaz", "الملز", "Al Malaz"),
        ("hittin", "حطين", "Hittin"),
        ("sahafah", "الصحافة", "As Sahafah"),
        ("sulaymaniyah", "السليمانية", "As Sulaymaniyah"),
        ("qurtubah", "قرطبة", "Qurtubah"),
        ("rawdah", "الروضة", "Ar Rawdah"),
        ("aqiq", "العقيق", "Al Aqiq"),
    ),
    "jeddah": (
        ("rawdah", "الروضة", "Ar Rawdah"),
        ("salamah", "السلامة", "As Salamah"),
        ("hamra", "الحمراء", "Al Hamra"),
        ("safa", "الصفا", "As Safa"),
        ("zahra", "الزهراء", "Az Zahra"),
        ("marjan", "المرجان", "Al Marjan"),
        ("shati", "الشاطئ", "Ash Shati"),
    ),
    "dammam": (
        ("shati-gharbi", "الشاطئ الغربي", "Ash Shati Al Gharbi"),
        ("nuzhah", "النزهة", "An Nuzhah"),
        ("fayha", "الفيحاء", "Al Fayha"),
        ("rayyan", "الريان", "Ar Rayyan"),
    ),
    "khobar": (
        ("aqrabiyah", "العقربية", "Al Aqrabiyah"),
        ("golden-belt", "الحزام الذهبي", "Al Hizam Adh Dhahabi"),
        ("rakah", "الراكة الجنوبية", "Ar Rakah Al Janubiyah"),
        ("corniche", "الكورنيش", "Al Corniche"),
    ),
    "madinah": (
        ("aziziyah", "العزيزية", "Al Aziziyah"),
        ("khalidiyah", "الخالدية", "Al Khalidiyah"),
        ("qurban", "قربان", "Qurban"),
        ("qiblatayn", "القبلتين", "Al Qiblatayn"),
    ),
}

CATEGORIES: tuple[tuple[str, str, str, str], ...] = (  # …, picture
    ("hair", "الشعر", "Hair", "hair"),
    ("color", "الصبغات والعلاجات", "Colour and care", "interior3"),
    ("nails", "الأظافر", "Nails", "nails"),
    ("makeup", "المكياج", "Make-up", "makeup"),
    ("skin", "البشرة", "Skin", "skincare"),
    ("barber", "الحلاقة", "Barber", "barber"),
    ("spa", "المساج والاسترخاء", "Massage and spa", "spa"),
    ("hammam", "الحمام المغربي", "Moroccan bath", "hammam"),
    ("waxing", "إزالة الشعر", "Hair removal", "interior4"),
    ("lashes", "الرموش والحواجب", "Lashes and brows", "interior2"),
    ("brides", "العرائس", "Brides", "hero"),
    ("kids", "الأطفال", "Kids", "interior"),
)
