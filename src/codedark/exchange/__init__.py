"""What leaves Code Dark for other systems: syslog, HTTP, HL7 over MLLP, files that grow."""
