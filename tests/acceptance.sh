#!/usr/bin/env bash
# The acceptance figures on recorded posts that are not in this repository:
#   tests/acceptance.sh FOLDER BUIO
# FOLDER holds data/posts and data/labels, BUIO is a release build. Exits non-zero on a missed bar.
set -euo pipefail
shared=$1 buio=$2
missed=0

# say NAME BAR FIGURE PASSED(0/1)
say() {
    printf '%-58s %-28s %-44s %s\n' "$1" "$2" "$3" "$([ "$4" = 1 ] && echo ok || echo MISSED)"
    [ "$4" = 1 ] || missed=1
}

free=$("$buio" --quiet replay "$shared/data/posts/fr_free_isp.ndjson" --output ndjson)
figures=$(python3 - "$free" <<'PY'
import json, sys
events = [json.loads(line) for line in sys.argv[1].splitlines()]
confirmed = {}
for e in events:
    i = e["incident"]
    if e["event"] == "confirmed":
        confirmed.setdefault(i["id"], i)
last = {e["incident"]["id"]: e["incident"] for e in events}
night = [i for i in confirmed.values() if i["service"] == "free" and "2024-07-19T17:00" <= i["started_at"] < "2024-07-19T18:20"]
if night:
    i = night[0]
    closed = last[i["id"]].get("resolved_at") or "never"
    ok = i["confirmed_at"] <= "2024-07-19T18:30:00Z" and closed < "2024-07-20T18:00"
    print(f"started {i['started_at'][11:19]} confirmed {i['confirmed_at'][11:19]} closed {closed[5:16]}|{int(ok)}")
else:
    print("not found|0")
others = len(confirmed) - len(night[:1])
print(f"{others}|{int(others <= 8)}")
PY
)
IFS='|' read -r text ok <<<"$(sed -n 1p <<<"$figures")"
say "Free (FR), 2024-07-19" "confirmed by 18:30Z, <= 24 h" "$text" "$ok"
IFS='|' read -r text ok <<<"$(sed -n 2p <<<"$figures")"
say "other incidents confirmed in that file" "<= 8" "$text" "$ok"

banamex=$("$buio" --quiet replay "$shared/data/posts/es_banamex_mx.ndjson" --output ndjson | grep -c '"event":"confirmed"' || true)
say "confirmed in es_banamex_mx" "0" "$banamex" "$([ "$banamex" = 0 ] && echo 1 || echo 0)"

f1=$("$buio" eval "$shared/data/labels/dev.ndjson" --output json | python3 -c 'import json,sys; print(json.load(sys.stdin)["total"]["f1"])')
say "F1 on labels/dev.ndjson" ">= 0.75" "$f1" "$(python3 -c "print(int($f1 >= 0.75))")"

exit "$missed"
