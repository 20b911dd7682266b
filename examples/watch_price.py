"""Prints a symbol's price whenever it changes: python3 watch_price.py [URL] [SYMBOL]

Standard library only. A tag (ETag) makes a request for an unchanged price an empty answer.
"""

import json
import sys
import time
import urllib.error
import urllib.request

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
symbol = sys.argv[2] if len(sys.argv) > 2 else "BTCUSDT"
tag = ""
while True:
    request = urllib.request.Request(f"{url}/ticker/{symbol}", headers={"If-None-Match": tag})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            tag = answer.headers["ETag"]
            print(symbol, json.load(answer)["price"], flush=True)
    except urllib.error.HTTPError as error:
        if error.code != 304:  # not modified
            print(error.code, error.read().decode(), file=sys.stderr)
            if error.code == 404:
                sys.exit(1)
    except OSError as error:
        print(f"{error}; trying again", file=sys.stderr)
    time.sleep(1)
