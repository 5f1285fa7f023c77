"""From what a hospital has already (CMDB, NetBox, nmap, directory, FHIR, Zeek, DHCP) to facts for its model."""
