"""The questions in SQL, each in the ways one would write it."""

from __future__ import annotations

START, DAY, WINDOW = 1_767_225_600_000, 86_400_000, 7 * 86_400_000
ROUNDS = 5
FUNNEL = ("view_item", "add_to_cart", "checkout", "purchase")
FIRST_ENTRY = f"""
WITH s1 AS (SELECT a, min((ts, pos)) AS k FROM view_item GROUP BY a),
e AS (SELECT s1.a, k, v.country AS c FROM s1 JOIN view_item v ON v.a = s1.a AND v.pos = k[2]),
s2 AS (SELECT e.a, min((t.ts, t.pos)) AS k2 FROM e JOIN add_to_cart t ON t.a = e.a
  AND (t.ts, t.pos) > e.k AND t.ts <= e.k[1] + {WINDOW} GROUP BY e.a),
s3 AS (SELECT s2.a, min((t.ts, t.pos)) AS k3 FROM s2 JOIN e USING (a) JOIN checkout t ON t.a = s2.a
  AND (t.ts, t.pos) > s2.k2 AND t.ts <= e.k[1] + {WINDOW} GROUP BY s2.a),
s4 AS (SELECT s3.a, min((t.ts, t.pos)) AS k4 FROM s3 JOIN e USING (a) JOIN purchase t ON t.a = s3.a
  AND (t.ts, t.pos) > s3.k3 AND t.ts <= e.k[1] + {WINDOW} GROUP BY s3.a)
SELECT c, count(*), count(k2), count(k3), count(k4) FROM e LEFT JOIN s2 USING (a)
LEFT JOIN s3 USING (a) LEFT JOIN s4 USING (a) GROUP BY c ORDER BY c
"""
FIRST_ENTRY_MS = f"""
WITH e AS (SELECT a, min(ts) AS t1, arg_min(country, ts) AS c FROM view_item GROUP BY a),
s2 AS (SELECT e.a, any_value(t1) AS t1, min(t.ts) AS t2 FROM e JOIN add_to_cart t ON t.a = e.a
  AND t.ts > e.t1 AND t.ts <= e.t1 + {WINDOW} GROUP BY e.a),
s3 AS (SELECT s2.a, any_value(t1) AS t1, min(t.ts) AS t3 FROM s2 JOIN checkout t ON t.a = s2.a
  AND t.ts > s2.t2 AND t.ts <= s2.t1 + {WINDOW} GROUP BY s2.a),
s4 AS (SELECT s3.a, min(t.ts) AS t4 FROM s3 JOIN purchase t ON t.a = s3.a
  AND t.ts > s3.t3 AND t.ts <= s3.t1 + {WINDOW} GROUP BY s3.a)
SELECT c, count(*), count(t2), count(t3), count(t4) FROM e LEFT JOIN s2 USING (a)
LEFT JOIN s3 USING (a) LEFT JOIN s4 USING (a) GROUP BY c ORDER BY c
"""
ASOF = f"""
WITH e AS (SELECT a, min(ts) AS t1, arg_min(country, ts) AS c FROM view_item GROUP BY a),
s2 AS (SELECT e.*, t.ts AS t2 FROM e ASOF LEFT JOIN add_to_cart t ON t.a = e.a AND e.t1 < t.ts),
f2 AS (SELECT a, t1, c, CASE WHEN t2 <= t1 + {WINDOW} THEN t2 END AS t2 FROM s2),
s3 AS (SELECT f2.*, t.ts AS t3 FROM f2 ASOF LEFT JOIN checkout t ON t.a = f2.a AND f2.t2 < t.ts),
f3 AS (SELECT a, t1, c, t2, CASE WHEN t3 <= t1 + {WINDOW} THEN t3 END AS t3 FROM s3),
s4 AS (SELECT f3.*, t.ts AS t4 FROM f3 ASOF LEFT JOIN purchase t ON t.a = f3.a AND f3.t3 < t.ts)
SELECT c, count(*), count(t2), count(t3), count(CASE WHEN t4 <= t1 + {WINDOW} THEN 1 END)
FROM s4 GROUP BY c ORDER BY c
"""
QUERIES = {
    "daily count": [
        f"SELECT (ts - {START}) // {DAY} AS d, count(*) FROM view_item GROUP BY d ORDER BY d"
    ],
    "users per day and property": [
        f"""WITH top AS (SELECT source FROM search GROUP BY source
        ORDER BY count(DISTINCT a) DESC, source LIMIT 10)
        SELECT source, (ts - {START}) // {DAY} AS d, count(DISTINCT a) FROM search
        WHERE source IN (SELECT source FROM top) GROUP BY source, d ORDER BY source, d"""
    ],
    "funnel, first entry": [FIRST_ENTRY, FIRST_ENTRY_MS, ASOF],
    "weekly retention": [
        f"""WITH b AS (SELECT a, min((ts, pos)) AS k FROM app_open GROUP BY a),
        r AS (SELECT DISTINCT b.a, b.k[1] AS born, (t.ts - b.k[1]) // {7 * DAY} AS n FROM b
          JOIN app_open t ON t.a = b.a AND (t.ts, t.pos) > b.k)
        SELECT (born - {START} + {3 * DAY}) // {7 * DAY} AS w, n, count(*) FROM r WHERE n < 12
        GROUP BY w, n ORDER BY w, n""",
        f"""WITH b AS (SELECT a, min(ts) AS born FROM app_open GROUP BY a),
        r AS (SELECT DISTINCT b.a, born, (t.ts - born) // {7 * DAY} AS n FROM b
          JOIN app_open t ON t.a = b.a AND t.ts > b.born)
        SELECT (born - {START} + {3 * DAY}) // {7 * DAY} AS w, n, count(*) FROM r WHERE n < 12
        GROUP BY w, n ORDER BY w, n""",
    ],
    "daily sum with a filter": [
        f"""SELECT (ts - {START}) // {DAY} AS d, sum(price) FROM purchase
        WHERE country IN ('CZ', 'SK', 'DE') GROUP BY d ORDER BY d"""
    ],
}
