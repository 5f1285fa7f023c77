"""Care goes on in the demonstration: packs kept fresh, a ward that charts, and what comes back."""
