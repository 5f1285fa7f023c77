"""Active Directory over LDAPS: accounts and their groups."""
