"""Invented salons, people and four weeks of bookings, so that a fresh machine shows a living product."""
