"""Messages that are hard to read: those of RFC 4475, rebuilt from its text, and broken SDP.

Each is bytes for one datagram. ``{host}`` and the like are filled in, so that a message is for the
centre itself, and one that is valid after all could have any effect that it may have.
"""

from __future__ import annotations

import secrets
from typing import Final

HEAD: Final = (
    "{method} {uri} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{unique};rport\r\n"
    "From: <sip:0811@{host}>;tag={unique}\r\n"
    "To: <sip:112@{host}>\r\n"
    "Call-ID: {unique}\r\n"
    "CSeq: 1 {method}\r\n"
    "Contact: <sip:0811@{host}:{port}>\r\n"
    "Max-Forwards: 70\r\n"
)
SDP: Final = (
    "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)


def _with(old: str, new: str, method: str = "INVITE") -> str:
    """The plain request with one thing changed."""
    text = HEAD.replace("{method}", method).replace("{uri}", "sip:112@{host}")
    assert old in text
    return text.replace(old, new) + "Content-Length: 0\r\n\r\n"


def _body(sdp: str, kind: str = "application/sdp", length: int | None = None) -> str:
    head = HEAD.replace("{method}", "INVITE").replace("{uri}", "sip:112@{host}")
    size = "{length}" if length is None else str(length)
    return f"{head}Content-Type: {kind}\r\nContent-Length: {size}\r\n\r\n{sdp}"


# Named as in RFC 4475, sections 3.1 to 3.4.
MESSAGES: Final[dict[str, str]] = {
    "wsinv": _with("To: <", "TO :\r\n  <").replace("Max-Forwards: 70", "Max-Forwards:  0068"),
    "intmeth": _with("INVITE", "!interesting-Method0123456789_*+`.%indeed'~"),
    "esc01": _with("sip:112@{host} SIP", "sip:sips%3Auser%40example.com@{host} SIP"),
    "escnull": _with("sip:0811@", "sip:null-%00-null@", "REGISTER"),
    "esc02": _with("INVITE", "RE%47IST%45R"),
    "lwsdisp": _with("From: <", "From: caller<", "OPTIONS"),
    "longreq": _with("Max-Forwards", f"X-{'long' * 400}: {'v' * 3000}\r\nMax-Forwards"),
    "dblreq": _with("70", "70", "REGISTER") + _with("70", "70"),
    "semiuri": _with("sip:112@{host} SIP", "sip:user;par=u%40example.net@{host} SIP", "OPTIONS"),
    "transports": _with("Via: SIP/2.0/UDP", "Via: SIP/2.0/T00", "OPTIONS"),
    "unreason": "SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять\r\n\r\n",
    "noreason": "SIP/2.0 100 \r\n\r\n",
    "badinv01": _with("rport", "rport;;,;,,"),
    "clerr": _body(SDP, length=9999),
    "ncl": _body(SDP, length=-999),
    "scalar02": _with("CSeq: 1 ", "CSeq: 36893488147419103232 ", "REGISTER"),
    "scalarlg": "SIP/2.0 503 Service Unavailable\r\nCSeq: 9292394834772304023312 OPTIONS\r\n"
    "Retry-After: 949302838503028349304023988\r\n\r\n",
    "quotbal": _with("To: <", 'To: "Mr. J. User <'),
    "ltgtruri": _with("sip:112@{host} SIP", "<sip:112@{host}> SIP"),
    "lwsruri": _with("sip:112@{host} SIP", "sip:112@{host}; lr SIP"),
    "lwsstart": _with("INVITE sip", "INVITE  sip"),
    "trws": _with("SIP/2.0\r\n", "SIP/2.0  \r\n", "OPTIONS"),
    "escruri": _with("sip:112@{host} SIP", "sip:112@{host}?Route=%3Csip:{host}%3E SIP"),
    "baddate": _with("Max-Forwards", "Date: Fri, 01 Jan 2010 16:00:00 EST\r\nMax-Forwards"),
    "regbadct": _with("Contact: <sip:0811", "Contact: sip:0811?Route=%3Csip:x%3E", "REGISTER"),
    "badaspec": _with("sip:112@{host}>", "sip:112@{host} >", "OPTIONS"),
    "baddn": _with("From: <", "From: Bell, Alexander <", "OPTIONS"),
    "badvers": _with("SIP/2.0\r\n", "SIP/7.0\r\n", "OPTIONS"),
    "mismatch01": _with("CSeq: 1 OPTIONS", "CSeq: 8 INVITE", "OPTIONS"),
    "mismatch02": _with("CSeq: 1 NEWMETHOD", "CSeq: 9 INVITE", "NEWMETHOD"),
    "bigcode": "SIP/2.0 4294967301 better not break the receiver\r\n\r\n",
    "badbranch": _with("branch=z9hG4bK{unique}", "branch=z9hG4bK", "OPTIONS"),
    "insuf": "INVITE sip:112@{host} SIP/2.0\r\nCSeq: 193942 INVITE\r\n\r\n",
    "unkscm": _with("sip:112@{host} SIP", "nobodyKnowsThisScheme:totallyopaque SIP", "OPTIONS"),
    "novelsc": _with("sip:112@{host} SIP", "soap.beep://192.0.2.103:3002 SIP", "OPTIONS"),
    "unksm2": _with("To: <sip:112", "To: <isbn:2983792873", "REGISTER"),
    "bext01": _with("Max-Forwards", "Require: nothingSupportsThis\r\nMax-Forwards", "OPTIONS"),
    "invut": _body("x", "application/unknownformat"),
    "regaut01": _with("Max-Forwards", "Authorization: NoOneKnows a=b\r\nMax-Forwards", "REGISTER"),
    "multi01": _with("CSeq: 1", "CSeq: 59\r\nCall-ID: a\r\nFrom: <sip:x@y>;tag=1\r\nCSeq: 1"),
    "mcl01": _with("Max-Forwards", "Content-Length: 13\r\nMax-Forwards", "OPTIONS"),
    "bcast": "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\r\n"
    "Call-ID: x\r\nCSeq: 1 INVITE\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n\r\n",
    "zeromf": _with("Max-Forwards: 70", "Max-Forwards: 0", "OPTIONS"),
    "cparam01": _with(
        "Contact: <", "Contact: <sip:+19725552222@x;unknownparam>\r\nX: <", "REGISTER"
    ),
    "inv2543": "INVITE sip:112@{host} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port}\r\n"
    "From: <sip:0811@{host}>\r\nTo: <sip:112@{host}>\r\n"
    "Call-ID: {unique}\r\nCSeq: 1 INVITE\r\n\r\n",
    "empty": "\r\n\r\n",
    "nul": "\0" * 600,
    "halves": "INVITE sip:112@{host} SIP/2.0\r\nVia: SIP/2.0/UDP {host}",
    "http": "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "headers": _with("Max-Forwards", "Via: SIP/2.0/UDP 1.1.1.1\r\n" * 400 + "Max-Forwards"),
}

BODIES: Final[dict[str, str]] = {
    "none": "",
    "text": "v=",
    "lines": "\r\n" * 200,
    "no_media": "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n",
    "no_address": SDP.replace("c=IN IP4 {host}\r\n", ""),
    "odd_address": SDP.replace("c=IN IP4 {host}", "c=IN IP4 999.1.1.1"),
    "name": SDP.replace("c=IN IP4 {host}", "c=IN IP4 no.such.host.invalid"),
    "six": SDP.replace("c=IN IP4 {host}", "c=IN IP6 ::1"),
    "port_0": SDP.replace("{port}", "0"),
    "port_negative": SDP.replace("{port}", "-1"),
    "port_large": SDP.replace("{port}", "99999999999999999999"),
    "port_range": SDP.replace("{port}", "5000/65535"),
    "payload_large": SDP.replace(" 8 101", " 8 300 -5 99999999999"),
    "payload_many": SDP.replace(" 8 101", " 8" + "".join(f" {n % 128}" for n in range(2000))),
    "payload_none": SDP.replace(" RTP/AVP 8 101", ""),
    "rtpmap": SDP.replace("telephone-event/8000", "/////0/-1"),
    "rtpmap_rate": SDP.replace("/8000", "/99999999999999"),
    "fmtp": SDP + "a=fmtp:101 " + "0-15," * 1500 + "\r\n",
    "streams": SDP + "m=audio 4000 RTP/AVP 8\r\n" * 300,
    "kinds": SDP + "m=\x7f\xc2\xa0 1 X Y\r\nm=video 4 RTP/AVP 8\r\nm=image 4 udptl t38\r\n",
    "crypto": SDP + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 3000 + "\r\n",
    "candidates": SDP + "a=candidate:1 1 UDP 1 1.1.1.1 1 typ host\r\n" * 200,
    "direction": SDP + "a=sendonly\r\na=recvonly\r\na=inactive\r\na=sendrecv\r\n",
    "long_line": SDP + "a=" + "x" * 9000 + "\r\n",
    "nul": SDP.replace("s=-", "s=\0\0"),
    "ptime": SDP + "a=ptime:0\r\na=maxptime:-1\r\n",
    "rtcp": SDP + "a=rtcp:99999 IN IP4 0.0.0.0\r\na=rtcp-mux\r\n",
    "time": SDP.replace("t=0 0", "t=99999999999999999999 -1"),
    "version": SDP.replace("v=0", "v=99999999999"),
}


def _filled(text: str, host: str, port: int) -> bytes:
    head, blank, body = text.partition("\r\n\r\n")
    places = {"{host}": host, "{port}": str(port), "{unique}": secrets.token_hex(8)}
    for name, value in places.items():
        head, body = head.replace(name, value), body.replace(name, value)
    head = head.replace("{length}", str(len(body.encode())))
    return f"{head}{blank}{body}".encode()


def messages(host: str, port: int) -> list[bytes]:
    """Every message, as from ``host`` and ``port``."""
    return [_filled(text, host, port) for text in MESSAGES.values()]


def bodies(host: str, port: int) -> list[bytes]:
    """An INVITE for 112 with each body."""
    return [_filled(_body(sdp), host, port) for sdp in BODIES.values()]
