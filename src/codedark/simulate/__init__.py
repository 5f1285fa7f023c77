"""A seeded hospital: its people, systems, patients, ordinary days and attacks, and the logs that all this leaves."""
