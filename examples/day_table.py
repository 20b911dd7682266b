"""Prints a day of 1-minute candles as CSV: python3 day_table.py [URL] [SYMBOL] [DAY]

Standard library only. A range that is longer than an answer goes on at the answer's `next`.
"""

import csv
import datetime
import json
import sys
import urllib.request

now = datetime.datetime.now(datetime.timezone.utc)
url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
symbol = sys.argv[2] if len(sys.argv) > 2 else "BTCUSDT"
day = sys.argv[3] if len(sys.argv) > 3 else str(now.date() - datetime.timedelta(days=1))
columns = ["openTime", "open", "high", "low", "close", "volume"]
rows = csv.DictWriter(sys.stdout, columns, extrasaction="ignore", lineterminator="\n")
rows.writeheader()
path = f"/klines/{symbol}/1m?startTime={day}T00:00Z&endTime={day}T23:59:59.999Z&limit=500&closed=true"
is_settled = True
while path:
    with urllib.request.urlopen(url + path, timeout=30) as response:
        answer = json.load(response)
    rows.writerows(answer["klines"])
    is_settled = is_settled and answer["settled"]
    path = answer.get("next")
print("whole" if is_settled else "the server isn't certain of all of it", file=sys.stderr)
