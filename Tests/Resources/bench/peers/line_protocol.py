"""Public clients of InfluxDB as independent peers: they write to a server, and read lines that another program has written.

`write2 URL` and `write3 URL` send awkward points with the clients of InfluxDB 2 and 3 and print what they meant, one JSON object a
point; then they send one that the server refuses and print what the client makes of the refusal. `read` takes lines on standard
input and prints what a public parser finds in them. Numbers are texts, so that nothing is rounded on the way.
"""
import json
import sys

TIMES = [-1, 0, 1_700_000_000_000_000_001, 9_223_372_036_854_775_806]
POINTS = [
    ("plain", {}, {"v": 1.5}, {}),
    ("Temperature [K]", {"location": "Picosec gas"}, {"val": 296.41}, {}),
    ("comma,blank equals=", {"k,e y=": "v,a l=ue", "µ": "Ω€😀"}, {"f,i e=ld": 2.0}, {}),
    ("numbers", {}, {"a": 1e300, "b": -1.5e-07, "c": 5e-324, "d": 0.1, "e": -0.0, "f": 1.7976931348623157e308}, {}),
    ("whole", {}, {"i": -9223372036854775808, "j": 9223372036854775807, "u": 18446744073709551615}, {"u": "uint"}),
    ("truth", {}, {"t": True, "f": False}, {}),
    ("text", {"b": "2", "a": "1", "C": "3"}, {"s": 'quoted "word", back\\slash, a=b c', "empty": "", "u": "µ=1"}, {}),
]


def meaning(value, kind):
    if isinstance(value, bool):
        return ["boolean", "true" if value else "false"]
    if isinstance(value, int):
        return ["unsigned" if kind == "uint" else "integer", str(value)]
    if isinstance(value, float):
        return ["number", repr(value)]
    return ["text", value]


def show(measurement, tags, fields, time, kinds=None):
    fields = {name: meaning(value, (kinds or {}).get(name)) for name, value in fields.items()}
    print(json.dumps({"measurement": measurement, "tags": tags, "fields": fields, "time": str(time)}))


def points(point_class):
    for number, (measurement, tags, fields, kinds) in enumerate(POINTS):
        time = TIMES[number % len(TIMES)] if number else 5
        record = {"measurement": measurement, "tags": tags, "fields": fields, "time": time}
        show(measurement, tags, fields, time, kinds)
        yield point_class.from_dict(record, field_types=kinds)


def write2(url):
    from influxdb_client import InfluxDBClient, Point
    from influxdb_client.client.write_api import SYNCHRONOUS
    from influxdb_client.rest import ApiException

    with InfluxDBClient(url=url, token="secret", org="infn", enable_gzip=True) as client:
        writer = client.write_api(write_options=SYNCHRONOUS)
        writer.write(bucket="testbucket", record=list(points(Point)))
        try:
            writer.write(bucket="testbucket", record=Point("poison").field("v", 1).time(5))
        except ApiException as fault:
            print(json.dumps({"refused": fault.status, "message": json.loads(fault.body)["message"]}))


def write3(url):
    from influxdb_client_3 import InfluxDBClient3, Point, WriteOptions, WriteType, write_client_options
    from influxdb_client_3.exceptions import InfluxDBPartialWriteError

    options = write_client_options(
        write_options=WriteOptions(write_type=WriteType.synchronous, use_v2_api=False))
    with InfluxDBClient3(
        host=url, token="secret", database="testbucket", write_client_options=options, enable_gzip=True,
        auth_scheme="Bearer") as client:
        client.write(list(points(Point)))
        try:
            client.write([Point("fine").field("v", 1).time(5), Point("poison").field("v", 1).time(5)])
        except InfluxDBPartialWriteError as fault:
            lines = [[line.line_number, line.error_message, line.original_line] for line in fault.line_errors]
            print(json.dumps({"refused": 400, "lines": lines}))


def read():
    from line_protocol_parser import parse_line

    for line in sys.stdin.buffer.read().decode().split("\n"):
        if line:
            found = parse_line(line)
            show(found["measurement"], found["tags"], found["fields"], found["time"])


{"write2": write2, "write3": write3, "read": read}[sys.argv[1]](*sys.argv[2:])
