"""Wrong settings of sources."""

from __future__ import annotations

from tests.unit.settings.wrong import (
    COUNTERS,
    HUGE,
    NFCAPD,
    PROVIDER,
    RADIUS,
    SOURCE,
    USAGE,
    Wrong,
    in_source,
)

WRONG = {
    # Sources: name, feed, format.
    "a source without name": Wrong(
        PROVIDER + SOURCE.replace('name = "east"\n', ""), 4, "sources.#1.name", "is missing"
    ),
    "a name with a slash": Wrong(
        PROVIDER + SOURCE.replace("east", "a/b"), 5, "sources.a/b.name", "'a/b' cannot be a name"
    ),
    "a name of 200 letters": Wrong(
        PROVIDER + SOURCE.replace("east", "a" * 200), 5, None, "has 200 characters; use at most 100"
    ),
    "a feed misspelt": Wrong(
        PROVIDER + SOURCE.replace("flows", "flow"), 6, "sources.east.feed", "did you mean flows?"
    ),
    "no such format": Wrong(
        PROVIDER + SOURCE.replace("csv", "xml"), 8, "sources.east.format", "is 'xml'; it may be"
    ),
    "flows without service": Wrong(
        PROVIDER + SOURCE.replace('service = "broadband"\n', ""), 4, None, "flows need a service"
    ),
    "no such service": Wrong(
        PROVIDER + SOURCE.replace("broadband", "mobil"), 7, "sources.east.service", "mean mobile?"
    ),
    "nfcapd without flows": Wrong(
        PROVIDER + USAGE.replace("csv", "nfcapd"), 8, "sources.cdr.format", "hold flows only"
    ),
    "an access of mobile": in_source(
        'access = "ipoe"', "sources.cdr.access", "mobile lines have no access", source=USAGE
    ),
    "usage of PPPoE": in_source(
        'access = "pppoe"',
        "sources.cdr.access",
        "PPPoE volumes come from flows",
        source=USAGE.replace("mobile", "broadband"),
    ),
    "a mapping rule of three values": in_source(
        'map_rules = ["2001:db8::/40 192.0.2.0/24 16"]',
        "sources.radius.map_rules",
        "is not a rule of four values",
        source='[[sources]]\nname = "radius"\nfeed = "assignments"\nformat = "csv"\n',
    ),
    "a mapping rule with too few EA bits": in_source(
        'map_rules = ["2001:db8::/40 192.0.2.0/24 4 6"]',
        "sources.radius.map_rules",
        "leaves -4 bits for the PSID",
        source='[[sources]]\nname = "radius"\nfeed = "assignments"\nformat = "csv"\n',
    ),
    "a mapping rule with too many EA bits": in_source(
        'map_rules = ["2001:db8::/56 192.0.2.0/24 16 6"]',
        "sources.radius.map_rules",
        "not within the first 64 bits",
        source='[[sources]]\nname = "radius"\nfeed = "assignments"\nformat = "csv"\n',
    ),
    "port ranges of IPoE lines": in_source(
        'access = "ipoe"',
        "sources.radius.access",
        "volumes of IPoE lines come from usage",
        source='[[sources]]\nname = "radius"\nfeed = "assignments"\nformat = "csv"\n',
    ),
    "a source twice": Wrong(f"{PROVIDER}{SOURCE}{SOURCE}", 10, "sources.east.name", "named twice"),
    "the same files twice": Wrong(
        f"{PROVIDER}{SOURCE}{SOURCE.replace('east', 'west')}pattern = 'flows/east/{{monday}}'\n",
        9,
        "sources.west.files",
        "the same files as those of source 'east' would count twice",
    ),
    "a source's key misspelt": in_source(
        "slot_minuts = 5", "sources.east.slot_minuts", "did you mean"
    ),
    # Sources: names of files and folders.
    "{time} twice": in_source("files = '{time}-{time}'", "sources.east.files", "{time} and {time}"),
    "a clock time without a day": in_source(
        "files = '{hour}{minute}'", "sources.east.files", "{hour}"
    ),
    "minutes without hours": in_source(
        "files = '{date}{minute}'", "sources.east.files", "{minute}"
    ),
    "a part twice": in_source(
        "files = '{date}{hour}{hour}'", "sources.east.files", "{hour} and {hour}"
    ),
    "a day without its month": in_source("files = '{year}{day}'", "sources.east.files", "{day}"),
    "an offset alone": in_source("files = '{offset}'", "sources.east.files", "{offset}"),
    "{date} and {time}": in_source(
        "files = '{date}{time}'", "sources.east.files", "{date} and {time}"
    ),
    "a placeholder misspelt": in_source(
        "files = '{tim}'", "sources.east.files", "did you mean {time}?"
    ),
    "a placeholder of folders": in_source(
        "files = '{source}'", "sources.east.files", "is not a placeholder"
    ),
    "a placeholder of nothing": in_source(
        "files = '{}'", "sources.east.files", "'{}' is not a placeholder"
    ),
    "an open brace": in_source("files = 'a{'", "sources.east.files", "has a lone brace"),
    "a closing brace": in_source("files = 'a}'", "sources.east.files", "has a lone brace"),
    "no name": in_source("files = ''", "sources.east.files", "is empty; write * for every name"),
    "a folder in a name": in_source("files = 'a/*'", "sources.east.files", "has a slash"),
    "a name of 300 letters": in_source(
        f"files = '{'*' * 300}'", "sources.east.files", "at most 255"
    ),
    "several patterns": in_source("files = ['*']", "sources.east.files", "is a list; write a text"),
    "one folder for all weeks, names without a time": Wrong(
        f"{PROVIDER}{SOURCE}pattern = '{{feed}}'\n",
        4,
        "sources.east.files",
        "'*' states no time, so without {monday}",
    ),
    "a day without month": in_source(
        "pattern = '{year}/{day}'", "sources.east.pattern", "has {day} without {month}"
    ),
    "an hour without a day": in_source(
        "pattern = '{year}/{month}/{hour}'", "sources.east.pattern", "has {hour} without {day}"
    ),
    "a tree by day, names without": Wrong(
        f"{PROVIDER}{SOURCE}pattern = '{{year}}/{{month}}/{{day}}'\n",
        4,
        "sources.east.files",
        "'*' states no time",
    ),
    "a placeholder that formats": in_source(
        "pattern = '{source:>999999999}/{monday}'",
        "sources.east.pattern",
        "is not a placeholder here",
    ),
    "a placeholder that looks inside": in_source(
        "pattern = '{source.__class__}/{monday}'",
        "sources.east.pattern",
        "is not a placeholder here",
    ),
    # Sources: URLs.
    "no such protocol": in_source("url = 'foo://b'", "sources.east.url", "not known to fsspec"),
    "a driver that is not there": in_source(
        "url = 'gs://b'", "sources.east.url", "driver of protocol 'gs' is not installed; install it"
    ),
    "a driver without its package": in_source(
        "url = 'smb://h/x'", "sources.east.url", "smbprotocol"
    ),
    "a password in a URL": in_source(
        "url = 'sftp://user:secret@h/x'", "sources.east.url", "the URL holds a password; remove it"
    ),
    "a connection with a dash": in_source("connection = 'a-b'", "sources.east.connection", "a-b"),
    "a cache before no protocol": in_source(
        "url = 'simplecache::foo://b'", "sources.east.url", "protocol 'foo' is not known"
    ),
    "one slash too few": in_source(
        "url = 's3:/b'", "sources.east.url", "is neither a folder nor a URL"
    ),
    "a host and a folder": in_source(
        "url = 'host:/x'", "sources.east.url", "is neither a folder nor a URL"
    ),
    "a folder in a home": in_source("url = '~/x'", "sources.east.url", "~ is not expanded"),
    "no URL": in_source("url = ''", "sources.east.url", "is empty"),
    "a file URL that is relative": in_source(
        "url = 'file://x'", "sources.east.url", "not a full path"
    ),
    "a port that is none": in_source(
        "url = 'ftp://h:abc/x'", "sources.east.url", "brackets and port"
    ),
    "brackets of IPv6": in_source("url = 'ftp://[::1/x'", "sources.east.url", "brackets and port"),
    "a URL without host": in_source(
        "url = 'ftp://'", "sources.east.url", "ends after the protocol"
    ),
    # Sources: slots, units, columns.
    "slots of 0": in_source("slot_minutes = 0", "sources.east.slot_minutes", "give more than 0"),
    "slots below 0": in_source(
        "slot_minutes = -5", "sources.east.slot_minutes", "give more than 0"
    ),
    "slots of 7": in_source("slot_minutes = 7", "sources.east.slot_minutes", "do not divide a day"),
    "slots of two days": in_source(
        "slot_minutes = 2880", "sources.east.slot_minutes", "do not divide"
    ),
    "slots of ages": in_source(
        f"slot_minutes = {HUGE}", "sources.east.slot_minutes", "do not divide"
    ),
    "slots of 5.5": in_source("slot_minutes = 5.5", "sources.east.slot_minutes", "a whole number"),
    "slots are a text": in_source(
        "slot_minutes = '5'", "sources.east.slot_minutes", "is the text '5'"
    ),
    "slots are true": in_source(
        "slot_minutes = true", "sources.east.slot_minutes", "is true; write"
    ),
    "an interval of 0": in_source(
        "sampling_interval = 0", "sources.east.sampling_interval", "is 0"
    ),
    "an interval of 10^30": in_source(
        f"sampling_interval = {HUGE}", "sources.east.sampling_interval", "give at most 16,777,216"
    ),
    "no such unit": in_source("time_unit = 'min'", "sources.east.time_unit", "is 'min'; it may be"),
    "who scaled": in_source(
        "scaled_by = 'me'", "sources.east.scaled_by", "'collector' or 'nobody'"
    ),
    "a clock without limit": in_source(
        "clock_limit_minutes = inf", "sources.east.clock_limit_minutes", "is the number inf"
    ),
    "a clock of 10^300": in_source(
        "clock_limit_minutes = 1e300", "sources.east.clock_limit_minutes", "give at most 10,080"
    ),
    "a zone of a source": in_source(
        "time_zone = 'Asia'", "sources.east.time_zone", "'Asia' is not"
    ),
    "a delimiter of two letters": in_source(
        "delimiter = ';;'", "sources.east.delimiter", "not one ASCII"
    ),
    "no delimiter": in_source("delimiter = ''", "sources.east.delimiter", "not one ASCII"),
    "a delimiter of two bytes": in_source(
        "delimiter = '§'", "sources.east.delimiter", "not one ASCII"
    ),
    "a quote for delimiter": in_source(
        "delimiter = '\"'", "sources.east.delimiter", "occurs in values"
    ),
    "a line's end for delimiter": in_source(
        'delimiter = "\\n"', "sources.east.delimiter", "occurs in values"
    ),
    "a digit for delimiter": in_source(
        "delimiter = '1'", "sources.east.delimiter", "occurs in values"
    ),
    "a delimiter of JSON": in_source(
        "delimiter = ';'",
        "sources.east.delimiter",
        "is for csv, not for json",
        source=SOURCE.replace("csv", "json"),
    ),
    "a column of no such name": in_source(
        "columns = {first_sen_ms = 'a'}", "sources.east.columns.first_sen_ms", "mean first_seen_ms?"
    ),
    "a column of another feed": in_source(
        "columns = {bytes = 'a'}",
        "sources.radius.columns.bytes",
        "assignments have no column",
        source=RADIUS,
    ),
    "a column called nothing": in_source(
        "columns = {bytes = ''}", "sources.east.columns.bytes", "empty"
    ),
    "a column by number": in_source(
        "columns = {bytes = 3}", "sources.east.columns.bytes", "the number 3"
    ),
    "a list of columns": in_source(
        "columns = ['a']", "sources.east.columns", "is a list; write a section"
    ),
    "columns of nfcapd": in_source(
        "columns = {bytes = 'x'}",
        "sources.east.columns",
        "nfcapd files describe themselves",
        source=NFCAPD,
    ),
    "sampled sessions": in_source(
        "scaled_by = 'nobody'",
        "sources.radius.scaled_by",
        "is for flows, not for assignments",
        source=RADIUS,
    ),
    "words of a column that has none": in_source(
        "values = {bytes = {a = 'b'}}", "sources.east.values.bytes", "have no column of words"
    ),
    "a word that longflow does not know": in_source(
        "values = {service = {fest = 'fixed'}}",
        "sources.cdr.values.service.fest",
        "'fixed' is no service",
        source=USAGE,
    ),
    "counters of which none is OUT": in_source(
        "values = {counter = {a = 'in_octets'}}",
        "sources.snmp.values.counter",
        "no counter is out_octets",
        source=COUNTERS,
    ),
    "counters by name without their names": in_source(
        "columns = {counter = 'a'}",
        "sources.snmp.columns.counter",
        "are not translated",
        source=COUNTERS,
    ),
    "counters in one row and in two": in_source(
        "columns = {in_octets = 'a'}\nvalues = {counter = {a = 'in_octets', b = 'out_octets'}}",
        "sources.snmp.columns.in_octets",
        "which column value has",
        source=COUNTERS,
    ),
    "interfaces and an access": in_source(
        "access = 'pppoe'\ninterfaces = {ipoe = 'a*'}",
        "sources.snmp.access",
        "interfaces state the access already",
        source=COUNTERS,
    ),
    "interfaces of nothing": in_source(
        "interfaces = {dsl = 'a*'}", "sources.snmp.interfaces.dsl", "", source=COUNTERS
    ),
    "interfaces of flows": in_source(
        "interfaces = {mobile = 'a*'}", "sources.east.interfaces", "is for counters, not for flows"
    ),
}
