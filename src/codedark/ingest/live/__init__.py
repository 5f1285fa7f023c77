"""Records as they come in: files that grow, syslog, HTTP. Each source cuts what it hears into whole records."""
