"""What a case rests on, in one file that shows any change: a chain of links, a signature over it, sealed text.

`custody` says what the links hold, `chain` hashes them, `bundle` writes and reads the file, `envelope` signs
(DSSE round an in-toto statement), `sealing` encrypts what a stranger should not read (age), `stamp` takes a time
stamp's token (RFC 3161). Nothing here asks a network: a token is fetched by the person who wants one.
"""

from hubscan.evidence.bundle import Bundle, export, parse
from hubscan.evidence.checking import Report, verify
from hubscan.evidence.custody import Past, facts, past, text_of

__all__ = ["Bundle", "Past", "Report", "export", "facts", "parse", "past", "text_of", "verify"]
