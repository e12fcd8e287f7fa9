"""A connection to PostgreSQL: the part of libpq that the benchmark needs.

libpq comes with every psql, so the benchmark runs on what the build installs
anyway.  One class, synchronous calls, and a pair to send now and collect later.
Values travel as text; a result is a list of tuples of str or None.
"""
import ctypes
import time

_pq = ctypes.CDLL("libpq.so.5")
for _name, _result, *_arguments in (
    ("PQconnectdb", ctypes.c_void_p, ctypes.c_char_p),
    ("PQstatus", ctypes.c_int, ctypes.c_void_p),
    ("PQerrorMessage", ctypes.c_char_p, ctypes.c_void_p),
    ("PQbackendPID", ctypes.c_int, ctypes.c_void_p),
    ("PQfinish", None, ctypes.c_void_p),
    ("PQexec", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p),
    ("PQprepare", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p,
     ctypes.c_int, ctypes.c_void_p),
    ("PQexecPrepared", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int,
     ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int),
    ("PQsendQuery", ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p),
    ("PQgetResult", ctypes.c_void_p, ctypes.c_void_p),
    ("PQresultStatus", ctypes.c_int, ctypes.c_void_p),
    ("PQresultErrorMessage", ctypes.c_char_p, ctypes.c_void_p),
    ("PQntuples", ctypes.c_int, ctypes.c_void_p),
    ("PQnfields", ctypes.c_int, ctypes.c_void_p),
    ("PQgetisnull", ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_int),
    ("PQgetvalue", ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int),
    ("PQclear", None, ctypes.c_void_p),
):
    _function = getattr(_pq, _name)
    _function.restype = _result
    _function.argtypes = _arguments

_CONNECTION_OK = 0
_SUCCESS = (1, 2)           # PGRES_COMMAND_OK, PGRES_TUPLES_OK


class DatabaseError(Exception):
    """The server refused a statement, or the connection failed."""


class Connection:
    """One backend.  The environment (PGHOST, PGPORT, PGUSER) says where."""

    def __init__(self, database, setup=""):
        self._conn = _pq.PQconnectdb(f"dbname={database}".encode())
        if _pq.PQstatus(self._conn) != _CONNECTION_OK:
            raise DatabaseError(_pq.PQerrorMessage(self._conn).decode())
        self.pid = _pq.PQbackendPID(self._conn)
        # Linux numbers the CPU clock of another process like this
        # (clock_getcpuclockid); it has nanoseconds where /proc has ticks.
        self._clock = (~self.pid << 3) | 2
        self.run("SET client_min_messages = warning;" + setup)

    def close(self):
        _pq.PQfinish(self._conn)
        self._conn = None

    def cpu(self):
        """CPU seconds that the backend has used so far."""
        return time.clock_gettime(self._clock)

    def run(self, sql):
        """Run one or more statements; the rows of the last one."""
        return self._rows(_pq.PQexec(self._conn, sql.encode()), sql)

    def value(self, sql):
        """The first column of the first row."""
        return self.run(sql)[0][0]

    def prepare(self, name, sql):
        """Prepare a statement; returns a function of its parameters."""
        self._rows(_pq.PQprepare(self._conn, name.encode(), sql.encode(), 0, None), sql)
        label = name.encode()

        def execute(*parameters):
            count = len(parameters)
            values = (ctypes.c_char_p * count)(*(str(p).encode() for p in parameters))
            return self._rows(_pq.PQexecPrepared(self._conn, label, count, values,
                                                 None, None, 0), sql)
        return execute

    def send(self, sql):
        """Send a statement without waiting for its result."""
        if not _pq.PQsendQuery(self._conn, sql.encode()):
            raise DatabaseError(_pq.PQerrorMessage(self._conn).decode())

    def collect(self):
        """Wait for what was sent; the rows of its last statement."""
        rows = []
        while True:
            result = _pq.PQgetResult(self._conn)
            if not result:
                return rows
            rows = self._rows(result, "(sent)")

    @staticmethod
    def _rows(result, sql):
        try:
            if _pq.PQresultStatus(result) not in _SUCCESS:
                message = _pq.PQresultErrorMessage(result).decode().strip()
                raise DatabaseError(f"{message}\nin: {sql.strip()[:400]}")
            fields = range(_pq.PQnfields(result))
            return [tuple(None if _pq.PQgetisnull(result, row, field)
                          else _pq.PQgetvalue(result, row, field).decode()
                          for field in fields)
                    for row in range(_pq.PQntuples(result))]
        finally:
            _pq.PQclear(result)
