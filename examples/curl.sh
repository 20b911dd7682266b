#!/bin/sh
# A price, the last closed candles, and a day as a file, with curl alone: sh curl.sh [URL]
set -eu
url=${1:-http://127.0.0.1:8080}

curl --fail --silent "$url/ticker/BTCUSDT"
echo
curl --fail --silent "$url/klines/BTCUSDT/1m?limit=3&closed=true"
echo
# Compressed on the way, and whole or not at all. With a key: --header "X-API-Key: $VYX_API_KEY"
curl --fail --silent --compressed --output closes.arrow \
  --header 'Accept: application/vnd.apache.arrow.stream' "$url/klines?symbols=*&intervals=1m&limit=500&closed=true"
echo "closes.arrow: $(wc -c < closes.arrow) bytes"

# Live, with wscat (npm install --global wscat); the tests don't run it:
#   wscat --connect ws://127.0.0.1:8080/ws --execute '{"op":"subscribe","channels":["ticker:BTCUSDT"]}' --wait 60
