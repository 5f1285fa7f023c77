"""The archivist: parcels of the journal in, rows of the event lake out."""
