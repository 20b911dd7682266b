"""Prints a day of 1-minute candles as CSV: python3 day_table.py [URL] [SYMBOL] [DAY]

Without DAY the last 24 hours, as far back as the server has them. Standard library only. A range that is longer than an answer goes on at the answer's `next`.
"""

import csv
import datetime
import json
import sys
import urllib.request

now = datetime.datetime.now(datetime.timezone.utc)
url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
symbol = sys.argv[2] if len(sys.argv) > 2 else "BTCUSDT"
start = now - datetime.timedelta(days=1)
if len(sys.argv) > 3:
    try:
        start = datetime.datetime.fromisoformat(f"{sys.argv[3]}T00:00+00:00")
    except ValueError:
        sys.exit(f"{sys.argv[3]} is no day: expected for example 2026-01-31")
first = int(start.timestamp() * 1000)
columns = ["openTime", "open", "high", "low", "close", "volume"]
rows = csv.DictWriter(sys.stdout, columns, extrasaction="ignore", lineterminator="\n")
rows.writeheader()
path = f"/klines/{symbol}/1m?startTime={first}&endTime={first + 86_399_999}&limit=500&closed=true"
is_settled, count = True, 0
while path:
    with urllib.request.urlopen(url + path, timeout=30) as response:
        answer = json.load(response)
    rows.writerows(answer["klines"])
    count += len(answer["klines"])
    is_settled = is_settled and answer["settled"]
    path = answer.get("next")
if count == 0:
    sys.exit(f"{url} has no candles of {symbol} for this day: see {url}/coverage/{symbol}/1m for what it has")
print("whole" if is_settled else "the server isn't certain of all of it", file=sys.stderr)
