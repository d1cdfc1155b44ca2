"""The salon and all that describes it."""

from .places import City, District
from .salon import Audience, Membership, Role, Salon, SalonStatus
from .schedule import Closure, Season, SeasonHours, WeeklyHours
from .services import Category, Service, Variant
from .staff import Staff, StaffService
from .terms import Kept, OwnTerms, Policy, Prepayment

__all__ = [
    "Audience",
    "Category",
    "City",
    "Closure",
    "District",
    "Kept",
    "Membership",
    "OwnTerms",
    "Policy",
    "Prepayment",
    "Role",
    "Salon",
    "SalonStatus",
    "Season",
    "SeasonHours",
    "Service",
    "Staff",
    "StaffService",
    "Variant",
    "WeeklyHours",
]
