"""What attributes, functions and names tell about a type: data only.

A value lists type names, the likeliest first.
"""

ATTRIBUTES = {
    attribute: types
    for types, attributes in {
        "str": """lower upper strip lstrip rstrip split rsplit splitlines startswith endswith casefold capitalize title
            swapcase isdigit isalpha isalnum isspace isupper islower isnumeric isdecimal isidentifier istitle isascii
            encode join format format_map ljust rjust center zfill partition rpartition expandtabs removeprefix
            removesuffix translate find rfind rindex""",
        "str datetime": "replace",
        "str list[Any]": "count index",
        "list[Any]": "append extend insert sort reverse",
        "list[Any] set": "remove",
        "list[Any] dict": "pop copy clear",
        "dict": "items keys values setdefault popitem get update",
        "set": """add discard union intersection difference issubset issuperset symmetric_difference isdisjoint
            intersection_update difference_update""",
        "date datetime": "year month day strftime isoformat weekday isoweekday isocalendar toordinal timetuple",
        "datetime": "hour minute second microsecond tzinfo timestamp astimezone utcoffset",
        "timedelta": "total_seconds days seconds microseconds",
        "file": "read readline readlines write writelines seek tell flush fileno",
        "path": "exists read_text write_text suffix stem is_dir is_file parent with_suffix iterdir glob joinpath mkdir",
        "regex": "match search fullmatch sub pattern finditer findall",
        "bytes": "decode",
        "bytes float": "hex",
        "int": "bit_length to_bytes bit_count",
        "float": "is_integer as_integer_ratio",
        "int float": "real imag conjugate numerator denominator",
        "iterator": "send throw __next__",
        "callable": "__name__ __wrapped__ __qualname__ __call__",
    }.items()
    for attribute in attributes.split()
}

NUMBER = "int float"
SEQUENCE = "list[Any]"
_TEXT_2 = ("", "str")

FUNCTIONS: dict[str, tuple[str, ...]] = {
    # what each positional argument is; an empty text tells nothing
    **dict.fromkeys(("len", "reversed"), ("list[Any] str",)),
    **dict.fromkeys(("iter", "list", "set", "tuple", "frozenset", "enumerate", "sorted", "any", "all"), (SEQUENCE,)),
    **dict.fromkeys(("sum", "math.fsum", "math.prod", "statistics.mean", "statistics.median"), ("list[int]",)),
    **dict.fromkeys(("statistics.stdev", "statistics.pstdev", "statistics.variance"), ("list[int]",)),
    **dict.fromkeys(("collections.Counter", "collections.deque"), (SEQUENCE,)),
    "zip": (SEQUENCE, SEQUENCE, SEQUENCE),
    "next": ("iterator",),
    "range": ("int", "int", "int"),
    "chr": ("int",),
    "bin": ("int",),
    "oct": ("int",),
    "hex": ("int",),
    "ord": ("str",),
    "int": ("str int float", "int"),
    "float": ("float str int",),
    "abs": (NUMBER,),
    "round": ("float int", "int"),
    "divmod": (NUMBER, NUMBER),
    "pow": (NUMBER, NUMBER),
    "open": ("path", "str"),
    "map": ("callable", SEQUENCE, SEQUENCE),
    "filter": ("callable", SEQUENCE),
    "functools.reduce": ("callable", SEQUENCE),
    "functools.wraps": ("callable",),
    "functools.partial": ("callable",),
    "functools.update_wrapper": ("", "callable"),
    "callable": ("callable",),
    "dict": ("dict",),
    "getattr": ("", "str"),
    "setattr": ("", "str"),
    "hasattr": ("", "str"),
    "time.sleep": ("float",),
    **dict.fromkeys(("math.sqrt", "math.log", "math.exp", "math.sin", "math.cos", "math.tan"), ("float int",)),
    **dict.fromkeys(("math.floor", "math.ceil", "math.trunc", "math.isnan", "math.isinf"), ("float int",)),
    **dict.fromkeys(("math.radians", "math.degrees", "math.isfinite", "math.log10", "math.log2"), ("float int",)),
    **dict.fromkeys(("math.pow", "math.hypot", "math.atan2", "math.isclose", "math.copysign"), ("float", "float")),
    **dict.fromkeys(("math.gcd", "math.lcm", "math.comb", "math.perm"), ("int", "int")),
    **dict.fromkeys(("math.factorial", "math.isqrt"), ("int",)),
    **dict.fromkeys(("re.match", "re.search", "re.fullmatch", "re.findall", "re.finditer", "re.split"), ("str", "str")),
    "re.sub": ("str", "str", "str"),
    "re.compile": ("str",),
    "re.escape": ("str",),
    "json.loads": ("json-string",),
    "json.load": ("file",),
    "json.dump": ("", "file"),
    **dict.fromkeys(
        ("pathlib.Path", "os.path.exists", "os.path.join", "os.path.basename", "os.listdir"), ("path", "str")
    ),
    **dict.fromkeys(("os.path.dirname", "os.path.splitext", "os.path.abspath", "os.path.isfile"), ("path",)),
    "datetime.datetime.fromtimestamp": ("float",),
    "datetime.date.fromtimestamp": ("float",),
    **dict.fromkeys(("datetime.datetime.strptime",), ("str", "str")),
    **dict.fromkeys(("datetime.datetime.fromisoformat", "datetime.date.fromisoformat"), ("str",)),
    "datetime.timedelta": ("int float", "int float"),
    **dict.fromkeys(("datetime.datetime", "datetime.date", "datetime.time"), ("int", "int", "int", "int", "int")),
    **dict.fromkeys(("heapq.heappush", "heapq.heappop", "heapq.heapify"), (SEQUENCE,)),
    **dict.fromkeys(("heapq.nlargest", "heapq.nsmallest"), ("int", SEQUENCE)),
    **dict.fromkeys(("bisect.bisect", "bisect.bisect_left", "bisect.bisect_right", "bisect.insort"), ("list[int]",)),
    **dict.fromkeys(("itertools.islice",), (SEQUENCE, "int", "int")),
    **dict.fromkeys(("itertools.chain", "itertools.product", "itertools.zip_longest"), (SEQUENCE, SEQUENCE)),
    **dict.fromkeys(("itertools.combinations", "itertools.permutations"), (SEQUENCE, "int")),
    **dict.fromkeys(("itertools.groupby", "itertools.cycle", "itertools.accumulate"), (SEQUENCE, "callable")),
    **dict.fromkeys(("itertools.takewhile", "itertools.dropwhile", "itertools.filterfalse"), ("callable", SEQUENCE)),
    **dict.fromkeys(
        ("hashlib.sha256", "hashlib.md5", "hashlib.sha1", "base64.b64decode", "base64.b64encode"), ("bytes",)
    ),
    **dict.fromkeys(("decimal.Decimal", "fractions.Fraction"), ("str int",)),
    **dict.fromkeys(("unicodedata.normalize",), _TEXT_2),
    **dict.fromkeys(("textwrap.dedent", "textwrap.wrap", "textwrap.fill", "html.escape", "ast.parse"), ("str", "int")),
    **dict.fromkeys(("random.choice", "random.shuffle"), (SEQUENCE,)),
    "random.sample": (SEQUENCE, "int"),
    "random.randint": ("int", "int"),
    "random.uniform": ("float", "float"),
    "asyncio.sleep": ("float",),
    "calendar.monthrange": ("int", "int"),
    "calendar.isleap": ("int",),
    **dict.fromkeys(("struct.unpack", "struct.unpack_from", "struct.iter_unpack", "hashlib.new"), ("str", "bytes")),
    **dict.fromkeys(
        ("zlib.compress", "zlib.decompress", "zlib.crc32", "zlib.adler32", "gzip.compress", "gzip.decompress"),
        ("bytes",),
    ),
    **dict.fromkeys(
        ("bz2.compress", "bz2.decompress", "binascii.crc32", "binascii.hexlify", "int.from_bytes", "io.BytesIO"),
        ("bytes",),
    ),
    **dict.fromkeys(
        ("base64.urlsafe_b64encode", "base64.b32encode", "base64.b16encode", "base64.b85encode"), ("bytes",)
    ),
    **dict.fromkeys(("hmac.new", "hmac.digest"), ("bytes", "bytes")),
    **dict.fromkeys(("shlex.split", "html.unescape", "urllib.parse.quote", "urllib.parse.urlsplit"), ("str",)),
    **dict.fromkeys(("bytes.fromhex", "io.StringIO", "email.utils.parseaddr", "ipaddress.ip_address"), ("str",)),
}

RESULTS = {
    # what a call gives
    **dict.fromkeys(
        ("int", "len", "ord", "hash", "id", "math.floor", "math.ceil", "math.gcd", "math.factorial"), "int"
    ),
    **dict.fromkeys(
        ("float", "time.time", "time.monotonic", "time.perf_counter", "math.sqrt", "random.random"), "float"
    ),
    **dict.fromkeys(("str", "repr", "chr", "input", "hex", "bin", "format", "re.sub", "json.dumps"), "str"),
    **dict.fromkeys(("bool", "isinstance", "callable", "any", "all", "hasattr"), "bool"),
    **dict.fromkeys(("dict", "collections.defaultdict", "collections.OrderedDict", "collections.Counter"), "dict"),
    **dict.fromkeys(("list", "sorted", "collections.deque"), "list[Any]"),
    **dict.fromkeys(("set", "frozenset"), "set"),
    "tuple": "tuple",
    "bytes": "bytes",
    "open": "file",
    "range": "list[int]",
    "datetime.datetime": "datetime",
    "datetime.datetime.now": "datetime",
    "datetime.datetime.utcnow": "datetime",
    "datetime.date": "date",
    "datetime.date.today": "date",
    "datetime.timedelta": "timedelta",
    "pathlib.Path": "path",
    "re.compile": "regex",
    "math.radians": "float",
    "int.from_bytes": "int",
    **dict.fromkeys(("struct.pack", "zlib.compress", "zlib.decompress", "bytes.fromhex", "os.urandom"), "bytes"),
    **dict.fromkeys(("base64.b64encode", "base64.b64decode", "base64.urlsafe_b64encode", "hmac.digest"), "bytes"),
}

METHOD_RESULTS = {
    **dict.fromkeys(("lower", "upper", "strip", "lstrip", "rstrip", "join", "format", "title", "capitalize"), "str"),
    **dict.fromkeys(("casefold", "removeprefix", "removesuffix", "decode", "isoformat", "strftime", "zfill"), "str"),
    **dict.fromkeys(("split", "rsplit", "splitlines"), "list[str]"),
    **dict.fromkeys(("total_seconds", "timestamp"), "float"),
    **dict.fromkeys(("startswith", "endswith", "isdigit", "isalpha", "isalnum", "isspace", "exists"), "bool"),
    "find": "int",
    "hexdigest": "str",
    **dict.fromkeys(("encode", "digest", "to_bytes", "tobytes", "pack", "recv"), "bytes"),
}

METHOD_ARGUMENTS = {
    # the type that the object must be known to have, if any, and the type of the arguments
    "join": ("str", "list[str]"),
    "extend": ("", "list[Any]"),
    **dict.fromkeys(("startswith", "endswith", "removeprefix", "removesuffix", "split", "strip"), ("", "str")),
    **dict.fromkeys(("strptime", "strftime"), ("", "str")),
    **dict.fromkeys(("ljust", "rjust", "center", "zfill"), ("", "int")),
    **dict.fromkeys(("replace", "find", "count"), ("str", "str")),
    **dict.fromkeys(("unpack", "unpack_from", "iter_unpack", "sendall"), ("", "bytes")),
    **dict.fromkeys(("match", "fullmatch", "search", "findall", "finditer"), ("regex", "str")),
}

VALUES = {
    # what a name of the standard library is bound to
    **dict.fromkeys(("math.pi", "math.e", "math.inf", "math.nan", "math.tau"), "float"),
    **dict.fromkeys(("sys.stdin", "sys.stdout", "sys.stderr"), "file"),
    **dict.fromkeys(("string.ascii_letters", "string.digits", "string.punctuation", "os.sep", "os.linesep"), "str"),
    "sys.maxsize": "int",
}

SINGLE_CHARACTER = frozenset(
    {"isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower", "isnumeric", "isdecimal"}
)

TEXTS = frozenset(
    {"email", "encoding", "host", "ip-address", "iso-date", "json-string", "route", "time-of-day", "url", "version"}
)
"""Types that say what a text is about."""

NAMES = {
    name: types
    for types, names in {
        "int": """hits misses n k i j m count size index idx length width height depth limit num number total year month
            day hour
            minute second age port level step steps offset start stop end rank position pos page capacity maximum
            minimum
            max min digits precision places ndigits base retries attempts times bits seed id quantity qty maxsize maxlen
            amount row col column low high lo hi left right top bottom indent exponent degree order version""",
        "int float": "a b c x y z dx dy price cost value1 value2 score points weight balance lower upper",
        "float int": """rate ratio factor seconds delay timeout interval threshold tolerance tol eps epsilon alpha beta
            probability percent percentage latitude longitude lat lon lng radius angle speed temperature celsius
            fahrenheit distance discount tax interest elapsed duration ttl mass height_m weight_kg""",
        "encoding str": "encoding charset codec",
        "email str": "email mail email_address recipient",
        "url str": "url uri link href",
        "ip-address str": "ip ip_address ipaddr",
        "host str": "host hostname domain",
        "iso-date str": "date_str date_string datestr date_text iso_date isodate",
        "time-of-day str": "time_str time_string timestr hhmm",
        "version str": """version_str version_string required_version current_version min_version max_version
            latest_version installed_version removed_in deprecated_in""",
        "str": """s t bin hex oct str text name key string word title label message msg prefix suffix char ch c_ sep
            separator delimiter
            pattern password pw username user_name phone address path_str line content body code currency
            description comment token language lang locale fmt format unit symbol color slug tag query expr
            expression sentence phrase letter alphabet source html markdown xml field attr attribute mode kind op
            operator
            direction roman numeral formula tz timezone command cmd event client user
            category sku isbn md5 digest salt passphrase plaintext ciphertext owner author title_text first second s1
            s2 str1 str2 haystack needle txt raw question prompt paragraph note reason caption heading summary greeting
            topic subject nickname surname city country street language_code country_code""",
        "list[Any]": """items values seq sequence iterable lst list arr array elements args collection stack queue
            population rows records objects list it xs ys iterables seqs sequences args_list entries nodes edges""",
        "list[int]": """nums numbers integers ints prices scores amounts grades weights counts sizes data_points
            vector vec""",
        "list[str]": """words names lines strings strs texts tokens keys tags labels paths columns fields chars headers
            sentences fieldnames""",
        "callable": """func fn f function callback cb predicate pred handler hook transform mapper reducer key_func
            keyfunc factory default_factory comparator cmp action getter on_error wrapped method initializer binop""",
        "bool": """flag strict verbose reverse enabled disabled recursive inclusive exclusive force ascending descending
            ignore_case case_sensitive debug dry_run quiet default_true copy inplace sort sorted unique""",
        "dict list[Any]": "data",
        "dict": """dict mapping d dct dictionary config options settings kwargs params payload metadata meta attrs
            headers_map environ env obj_dict table lookup counter schema context record props properties json""",
        "datetime": "dt datetime now when moment updated_at created_at expires_at since until timestamp_dt",
        "date": "date day_date birthday birthdate start_date end_date due_date from_date to_date dob today",
        "timedelta": "delta td timedelta period",
        "float": "timestamp ts time expires expiry",
        "path": "path filename file_path filepath folder directory dirname root_dir",
        "file": "file fp stream fileobj fd f_in f_out handle",
        "bytes": "bytes buffer buf blob raw_bytes chunk_bytes",
        "regex": "regex regexp compiled rx",
        "iterator": "iterator gen generator",
        "set": "seen visited allowed excluded",
        "exception-type": "exceptions exception_types exc_types exc_type error_types retry_on catch",
        "type": "cls klass data_class dataclass model_class model type_ datacls target_class",
        "exception": "exc exception err error e",
        "list[Any] dict": "matrix grid graph tree board",
    }.items()
    for name in names.split()
}

BOOLEAN_PREFIXES = (
    "is",
    "has",
    "use",
    "allow",
    "should",
    "include",
    "ignore",
    "enable",
    "skip",
    "with",
    "no",
    "keep",
    "can",
)
COUNT_PREFIXES = ("num", "n", "max", "min", "total", "nb", "count")
CALLABLE_PREFIXES = ("on", "func", "fn")
