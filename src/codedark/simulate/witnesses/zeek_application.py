"""Zeek's logs of what is said over connections: dns, http, ssl, kerberos, smb_files, smb_mapping, dce_rpc."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zlib import crc32

from codedark.simulate.acts import Connected, NameAsked, PageFetched, RpcCalled, ShareTouched, TicketAsked
from codedark.simulate.habit import HOUR_US
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.clock import unix
from codedark.simulate.witnesses.escape import zeek_member, zeek_text
from codedark.simulate.witnesses.log import Writer
from codedark.simulate.witnesses.names import Names
from codedark.simulate.witnesses.zeek_flow import Flow
from codedark.simulate.witnesses.zeek_log import ZeekLog

_CONNECTION: Final = "%s\t%s\t%s\t%d\t%s\t%d\t"


def _start(at_us: int, flow: Flow) -> tuple[str, str, str, int, str, int]:
    return (unix(at_us), *flow)


_QUERY_TYPES: Final = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "HTTPS": 65,
    "ANY": 255,
}  # fmt: skip
_RCODES: Final = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5}


class DnsLog(ZeekLog):
    """Questions and answers."""

    _FIELDS = """
        proto enum, trans_id count, rtt interval, query string, qclass count, qclass_name string, qtype count,
        qtype_name string, rcode count, rcode_name string, AA bool, TC bool, RD bool, RA bool, Z count,
        answers vector[string], TTLs vector[interval], rejected bool
    """
    _ROW = _CONNECTION + "udp\t%d\t%.6f\t%s\t1\tC_INTERNET\t%d\t%s\t%d\t%s\tF\tF\tT\tT\t0\t%s\t%s\tF\n"

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__("dns", self._FIELDS, names, deleted, {NameAsked: self._name_asked})

    def _name_asked(self, act: NameAsked) -> tuple[bytes, ...]:
        flow = self.flows.name_asked(act)
        if flow is None:
            return ()
        answers = ",".join(map(zeek_member, act.answers)) or "-"
        ttls = ",".join(("300.000000",) * len(act.answers)) or "-"
        values = (
            *_start(act.at_us, flow), act.at_us % 65536, 0.0004 + act.at_us % 4001 / 1e6, zeek_text(act.name),
            _QUERY_TYPES.get(act.query_type, 0), zeek_text(act.query_type), _RCODES.get(act.rcode, 2),
            zeek_text(act.rcode), answers, ttls,
        )  # fmt: skip
        return ((self._ROW % values).encode(),)


_STATUS: Final = {
    200: "OK", 204: "No Content", 206: "Partial Content", 301: "Moved Permanently", 302: "Found", 304: "Not Modified",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 407: "Proxy Authentication Required",
    500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
}  # fmt: skip


class HttpLog(ZeekLog):
    """Requests that are not encrypted; of pages behind TLS the proxy's CONNECT."""

    _FIELDS = """
        trans_depth count, method string, host string, uri string, referrer string, version string, user_agent string,
        origin string, request_body_len count, response_body_len count, status_code count, status_msg string,
        info_code count, info_msg string, tags set[enum], username string, password string, proxied set[string],
        orig_fuids vector[string], orig_filenames vector[string], orig_mime_types vector[string],
        resp_fuids vector[string], resp_filenames vector[string], resp_mime_types vector[string]
    """
    _ROW = _CONNECTION + "1\t%s\t%s\t%s\t-\t1.1\t%s\t-\t%d\t%d\t%d\t%s\t-\t-\t(empty)\t-\t-\t-\t-\t-\t-\t-\t-\t-\n"

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__("http", self._FIELDS, names, deleted, {PageFetched: self._page_fetched})

    def _page_fetched(self, act: PageFetched) -> tuple[bytes, ...]:
        encrypted = act.scheme == "https"
        flow = None if encrypted and not act.proxied else self.flows.page_fetched(act)
        if flow is None:
            return ()
        method, uri, sent, received, status = act.method, act.path, act.sent, act.received, act.status
        if encrypted:
            method, uri, sent, received = "CONNECT", f"{act.server}:443", 0, 0
            status = status if status in (403, 407, 502, 503) else 200
        elif act.proxied:
            uri = f"http://{act.server}{act.path}"
        values = (
            *_start(act.at_us, flow), zeek_text(method), zeek_text(act.server), zeek_text(uri),
            zeek_text(act.user_agent) if act.user_agent else "-", sent, received, status, _STATUS.get(status, "-"),
        )  # fmt: skip
        return ((self._ROW % values).encode(),)


class SslLog(ZeekLog):
    """TLS handshakes: of pages with the name of the server, of other connections without."""

    _FIELDS = """
        version string, cipher string, curve string, server_name string, resumed bool, last_alert string,
        next_protocol string, established bool, ssl_history string, cert_chain_fps vector[string],
        client_cert_chain_fps vector[string], sni_matches_cert bool
    """
    _ROW = _CONNECTION + "TLSv13\tTLS_AES_256_GCM_SHA384\tx25519\t%s\tF\t-\t%s\tT\tCsiI\t-\t-\t-\n"

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        writers: dict[type, Writer] = {PageFetched: self._page_fetched, Connected: self._connected}
        super().__init__("ssl", self._FIELDS, names, deleted, writers)

    def _page_fetched(self, act: PageFetched) -> tuple[bytes, ...]:
        flow = self.flows.page_fetched(act) if act.scheme == "https" else None
        if flow is None:
            return ()
        return ((self._ROW % (*_start(act.at_us, flow), zeek_text(act.server), "h2")).encode(),)

    def _connected(self, act: Connected) -> tuple[bytes, ...]:
        flow = self.flows.connected(act) if act.service == "ssl" and act.allowed and act.received else None
        if flow is None:
            return ()
        return ((self._ROW % (*_start(act.at_us, flow), "-", "-")).encode(),)


_CIPHERS: Final = {"aes256": "aes256-cts-hmac-sha1-96", "aes128": "aes128-cts-hmac-sha1-96", "rc4": "rc4-hmac"}


class KerberosLog(ZeekLog):
    """Tickets asked for: AS for the first, TGS for those of services."""

    _FIELDS = """
        request_type string, client string, service string, success bool, error_msg string, from time, till time,
        cipher string, forwardable bool, renewable bool, client_cert_subject string, client_cert_fuid string,
        server_cert_subject string, server_cert_fuid string
    """
    _ROW = _CONNECTION + "%s\t%s/%s\t%s\t%s\t%s\t-\t%s\t%s\tT\tT\t-\t-\t-\t-\n"
    _TICKET_US = 10 * HOUR_US

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__("kerberos", self._FIELDS, names, deleted, {TicketAsked: self._ticket_asked})
        self._realm = zeek_text(names.site.dns_domain.upper())

    def _ticket_asked(self, act: TicketAsked) -> tuple[bytes, ...]:
        flow = self.flows.ticket_asked(act)
        if flow is None:
            return ()
        first = act.service == "krbtgt"
        error = "-" if act.granted else "KDC_ERR_PREAUTH_FAILED" if first else "KDC_ERR_S_PRINCIPAL_UNKNOWN"
        service = f"krbtgt/{self._realm}" if first else zeek_text(act.service)
        values = (
            *_start(act.at_us, flow), "AS" if first else "TGS", zeek_text(act.account), self._realm, service,
            "T" if act.granted else "F", error, unix(act.at_us + self._TICKET_US) if act.granted else "-",
            _CIPHERS[act.encryption] if act.granted else "-",
        )  # fmt: skip
        return ((self._ROW % values).encode(),)


_SMB_ACTIONS: Final = {
    "read": "SMB::FILE_OPEN",
    "write": "SMB::FILE_WRITE",
    "rename": "SMB::FILE_RENAME",
    "delete": "SMB::FILE_DELETE",
}


class SmbFilesLog(ZeekLog):
    """Files used on shares. They travel over the last SMB connection between the two."""

    _FIELDS = """
        fuid string, action enum, path string, name string, size count, prev_name string, times.modified time,
        times.accessed time, times.created time, times.changed time
    """
    _ROW = _CONNECTION + "F%017d\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n"

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__("smb_files", self._FIELDS, names, deleted, {ShareTouched: self._share_touched}, carried=True)

    def _share_touched(self, act: ShareTouched) -> tuple[bytes, ...]:
        flow = self.flows.share_touched(act)
        if flow is None:
            return ()
        renamed = act.operation == "rename"
        moment = unix(act.at_us)
        values = (
            *_start(act.at_us, flow), act.at_us, _SMB_ACTIONS[act.operation], _unc(self.names, act),
            zeek_text(act.new_path if renamed else act.path), act.octets, zeek_text(act.path) if renamed else "-",
            moment, moment, moment, moment,
        )  # fmt: skip
        return ((self._ROW % values).encode(),)


class SmbMappingLog(ZeekLog):
    """Shares connected to: the first use of a share over a connection."""

    _FIELDS = "path string, service string, native_file_system string, share_type string"
    _ROW = _CONNECTION + "%s\t-\tNTFS\t%s\n"

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__("smb_mapping", self._FIELDS, names, deleted, {ShareTouched: self._share_touched}, carried=True)
        self._mapped: dict[tuple[str, str, str], str] = {}

    def _share_touched(self, act: ShareTouched) -> tuple[bytes, ...]:
        flow = self.flows.share_touched(act)
        key = act.source, act.server, act.share
        if flow is None or self._mapped.get(key) == flow.uid:
            return ()
        self._mapped[key] = flow.uid
        kind = "PIPE" if act.share.upper() == "IPC$" else "DISK"
        return ((self._ROW % (*_start(act.at_us, flow), _unc(self.names, act), kind)).encode(),)


def _unc(names: Names, act: ShareTouched) -> str:
    server = names.site.hosts.get(act.server)
    return zeek_text(f"\\\\{server.fqdn if server else act.server}\\{act.share}")


class DceRpcLog(ZeekLog):
    """Remote procedure calls by endpoint and operation."""

    _FIELDS = "rtt interval, named_pipe string, endpoint string, operation string"
    _ROW = _CONNECTION + "%.6f\t%s\t%s\t%s\n"

    def __init__(self, names: Names, deleted: Sequence[Deleted]) -> None:
        super().__init__("dce_rpc", self._FIELDS, names, deleted, {RpcCalled: self._rpc_called}, carried=True)

    def _rpc_called(self, act: RpcCalled) -> tuple[bytes, ...]:
        flow = self.flows.rpc_called(act)
        if flow is None:
            return ()
        rtt = 0.0004 + crc32(act.operation.encode()) % 3000 / 1e6
        values = (*_start(act.at_us, flow), rtt, zeek_text(act.pipe) if act.pipe else str(flow.target_port),
                  zeek_text(act.endpoint), zeek_text(act.operation))  # fmt: skip
        return ((self._ROW % values).encode(),)
