"""Other programs that Code Dark is measured against, started in their fairest configuration."""
