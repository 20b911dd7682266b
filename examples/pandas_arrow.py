"""Reads candles as Arrow into pandas: python3 pandas_arrow.py [URL] [SYMBOLS]

Needs pandas and pyarrow. The project's tests don't run this one: they have neither.
"""

import sys
import urllib.parse
import urllib.request

import pyarrow

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
symbols = urllib.parse.quote(sys.argv[2] if len(sys.argv) > 2 else "*")
request = urllib.request.Request(
    f"{url}/klines?symbols={symbols}&intervals=1m&limit=500&closed=true",
    headers={"Accept": "application/vnd.apache.arrow.stream"},
)
with urllib.request.urlopen(request, timeout=60) as answer:
    frame = pyarrow.ipc.open_stream(answer).read_pandas()
print(frame.groupby("symbol")["close"].describe())
