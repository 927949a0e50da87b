/**
 * The status page: one static document without outside assets. Everything that changes comes from `status.json`, so no
 * value is ever put into markup here; the policy below lets this script and this style run, and nothing else.
 */
import { createHash } from "node:crypto";
import { STATUS_SCRIPT } from "./status-script.ts";

const STATUS_STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --quiet: #5f6b7c; --line: #dde2ea; --page: #f5f7fa; --panel: #fff;
  --good: #14703c; --good-back: #e0f4e7; --warn: #8a5300; --warn-back: #fdf0d5; --bad: #a8201a; --bad-back: #fde5e3; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --quiet: #98a3b3; --line: #313a48; --page: #14181f;
  --panel: #1c222c; --good: #74d69a; --good-back: #163524; --warn: #f2c063; --warn-back: #3a2c10; --bad: #ff9d95;
  --bad-back: #451b19; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 84rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
body.stale main { opacity: .45; }
header { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; margin-bottom: 1rem; }
h1 { font-size: 1.35rem; margin: 0; }
h2 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
#seen { margin-left: auto; color: var(--quiet); }
.panel { border-radius: .5rem; padding: .75rem 1rem; margin-bottom: 1rem; }
.panel p { margin: .15rem 0; }
.calm { background: var(--good-back); color: var(--good); }
.trouble { background: var(--bad-back); color: var(--bad); font-weight: 600; }
.caution { background: var(--warn-back); color: var(--warn); font-weight: 600; }
#lost { background: var(--warn-back); color: var(--warn); font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
.table { overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .45rem .9rem; white-space: nowrap; }
th { color: var(--quiet); font-weight: 500; font-size: .875rem; border-bottom: 1px solid var(--line); }
tr + tr td { border-top: 1px solid var(--line); }
#changes td:last-child { white-space: normal; overflow-wrap: anywhere; width: 100%; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.name { font-weight: 600; }
.quiet, .empty { color: var(--quiet); }
.mono { font-family: ui-monospace, monospace; font-size: .8125rem; }
td.warn { color: var(--warn); font-weight: 600; }
td.bad { color: var(--bad); font-weight: 600; }
.badge { display: inline-block; padding: 0 .6rem; border-radius: 1rem; font-size: .9375rem; font-weight: 600; }
.badge.good { background: var(--good-back); color: var(--good); }
.badge.warn { background: var(--warn-back); color: var(--warn); }
.badge.bad { background: var(--bad-back); color: var(--bad); }
footer { margin-top: 1.75rem; color: var(--quiet); }
footer a { color: inherit; margin-right: 1rem; }
`;

export const STATUS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>crest-gateway</title>
<style>${STATUS_STYLE}</style>
</head>
<body>
<header><h1>crest-gateway</h1><span id="state" class="badge">…</span><span id="seen"></span></header>
<noscript><p class="panel trouble">This page needs its script; <a href="status.json">status.json</a> does not.</p></noscript>
<div id="lost" class="panel" role="alert" hidden></div>
<main>
<div id="headline" class="panel" role="status"></div>
<dl>
<dt>Upstream</dt><dd id="upstream"></dd>
<dt>Policy</dt><dd id="policy"></dd>
<dt>Up for</dt><dd id="uptime"></dd>
<dt>Version</dt><dd id="version"></dd>
</dl>
<h2>Families</h2>
<div class="table"><table>
<thead><tr><th scope="col">Family</th><th scope="col">Circuit</th><th scope="col">Held back (429)</th>
<th scope="col" class="number">Retries left</th><th scope="col" class="number">In flight</th>
<th scope="col" class="number">Waiting</th></tr></thead>
<tbody id="families"></tbody>
</table></div>
<section id="recent">
<h2>Exchanges that did not go straight</h2>
<div class="table"><table>
<thead><tr><th scope="col">At</th><th scope="col">Request</th><th scope="col" class="number">Status</th>
<th scope="col" class="number">Attempts</th><th scope="col" class="number">Took</th><th scope="col">Meaning</th>
<th scope="col">Ended by</th><th scope="col">Processed</th><th scope="col">Id</th></tr></thead>
<tbody id="exchanges"></tbody>
</table></div>
<h2>Changes of circuits and policy</h2>
<div class="table"><table>
<thead><tr><th scope="col">At</th><th scope="col">What</th></tr></thead>
<tbody id="changes"></tbody>
</table></div>
</section>
</main>
<footer><a href="status.json">status.json</a><a href="policy">policy</a><a href="metrics">metrics</a></footer>
<script>${STATUS_SCRIPT}</script>
</body>
</html>
`;

/** The Content-Security-Policy under which the page works. */
export const STATUS_PAGE_CSP = [
  "default-src 'none'",
  `script-src '${sha256(STATUS_SCRIPT)}'`,
  `style-src '${sha256(STATUS_STYLE)}'`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

function sha256(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
