"""FHIR R4 resources read into facts."""
