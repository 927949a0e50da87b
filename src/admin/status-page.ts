/**
 * The status page: one static document without outside assets. Everything that changes comes from `status/events`, so no
 * value is ever put into markup here; its policy lets this script and this style run, and nothing else.
 *
 * The script is the program under `page/`, made one text by `npm run generate`.
 */
import { PAGE_SCRIPT } from "./page-script.generated.ts";
import { contentSecurityPolicy, PAGE_STYLE } from "./page-style.ts";

/** A card that `page/picture.ts` draws into. */
function picture(id: string, title: string, note: string): string {
  return `<section class="card" aria-labelledby="${id}-title">
<h3 id="${id}-title">${title}</h3>
<div id="${id}-bars"></div>
<div class="axis"><span>15 min ago</span><span id="${id}-top"></span><span>now</span></div>
<div id="${id}-legend" class="legend"></div>
<p class="quiet">${note}</p>
<details><summary>By minute</summary><div id="${id}-numbers" class="table" tabindex="0" role="region"
 aria-label="${title}, by minute"></div></details>
</section>`;
}

function table(
  id: string,
  title: string,
  columns: readonly (readonly [name: string, className: string])[],
): string {
  const head = columns.map(([name, className]) => `<th scope="col" class="${className}">${name}</th>`);
  return `<h2>${title}</h2>
<div class="table" tabindex="0" role="region" aria-label="${title}"><table><thead><tr>${head.join("")}</tr></thead>
<tbody id="${id}"></tbody></table></div>`;
}

export const STATUS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>crest-gateway</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header><h1>crest-gateway</h1><span id="state" class="badge">…</span><span id="seen"></span></header>
<noscript><p class="panel trouble">This page needs its script; <a href="status.json">status.json</a> does not.</p></noscript>
<div id="lost" class="panel trouble" role="alert" hidden></div>
<div id="back" class="panel calm" role="status" hidden></div>
<main>
<div id="headline" class="panel"></div>
<div id="said" class="unseen" role="status"></div>
<div id="refused" class="panel caution" hidden></div>
<div id="past" hidden>
<h2>The last 15 minutes</h2>
<div class="grid pictures">
${picture("tenant", "The tenant answered", "Attempts, by status.")}
${picture("callers", "Callers got", "Exchanges, by status.")}
${picture("latency", "How long an exchange took", "Mean. Everything else: waits, further attempts' pauses, bodies, the gateway itself.")}
</div>
<h2>What the gateway did about it</h2>
<div id="deeds" class="grid"></div>
</div>
${table("families", "Families", [
  ["Family", ""],
  ["Circuit", ""],
  ["Held back (429)", ""],
  ["Retries left", "number"],
  ["In flight", "number"],
  ["Waiting", "number"],
])}
<section id="recent">
<h2>Exchanges that did not go straight</h2>
<label for="find">Find by id, transaction id or path</label>
<input id="find" type="search" autocomplete="off" spellcheck="false">
<span id="found" class="quiet" role="status"></span>
<div id="exchanges"></div>
${table("changes", "Changes of circuits and policy", [
  ["At", ""],
  ["What", ""],
])}
</section>
<h2>This gateway</h2>
<dl class="card">
<dt>Upstream</dt><dd id="upstream"></dd>
<dt>Policy</dt><dd id="policy"></dd>
<dt>Up for</dt><dd id="uptime"></dd>
<dt>Version</dt><dd id="version"></dd>
</dl>
</main>
<footer><a href="policy">policy</a><a href="status.json">status.json</a><a href="metrics">metrics</a></footer>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;

/** The Content-Security-Policy under which the page works. */
export const STATUS_PAGE_CSP = contentSecurityPolicy(PAGE_STYLE, PAGE_SCRIPT);
