"""Which service of Sigma's Linux rules a program's messages belong to, in syslog and in the journal alike."""

from __future__ import annotations

from typing import Final

_PROGRAMS: Final = {
    "sshd": "sshd sshd-session sshd-auth",
    "sudo": "sudo",
    "cron": "cron crond crontab anacron atd fcron",
    "auth": "su login systemd-logind pam passwd chpasswd useradd userdel usermod groupadd groupdel groupmod"
    " gpasswd chage chfn chsh newgrp gdm-password lightdm sssd polkitd pkexec runuser doas",
    "auditd": "auditd audispd audisp-syslog audit",
    "vsftpd": "vsftpd",
    "guacamole": "guacd guacamole",
    "clamav": "clamd clamav clamscan clamdscan clamonacc clamav-daemon clamav-milter freshclam",
}
SERVICES: Final = {program: service for service, names in _PROGRAMS.items() for program in names.split()}
"""Program name in lower case to service; every other program is ``syslog``."""
