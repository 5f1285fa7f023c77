"""The state database: incidents, findings, alarms, deliveries and decisions."""
