/**
 * What the pages for people look like: one sheet for all of them, light and dark, down to a width of 360 px. Colours come
 * in pairs that WCAG AA allows as text on ground; the test of the status page measures them in a browser.
 */
import { createHash } from "node:crypto";

export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --quiet: #566274; --line: #d5dbe4; --page: #f5f7fa; --panel: #fff;
  --good: #14703c; --good-back: #e0f4e7; --warn: #7d4b00; --warn-back: #fdf0d5; --bad: #a8201a; --bad-back: #fde5e3;
  --link: #1d4f91; --fill-2xx: #3f8f63; --fill-3xx: #4a80c4; --fill-4xx: #b98a1e; --fill-5xx: #c03a32;
  --fill-gone: #7b8595; --fill-none: #6d2d86; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --quiet: #a3aebd; --line: #3a4454; --page: #14181f;
  --panel: #1c222c; --good: #74d69a; --good-back: #163524; --warn: #f2c063; --warn-back: #3a2c10; --bad: #ff9d95;
  --bad-back: #451b19; --link: #8fbcff; --fill-2xx: #4fae7b; --fill-3xx: #6da3e8; --fill-4xx: #d9ab42;
  --fill-5xx: #ef6a61; --fill-gone: #8d98a9; --fill-none: #b98ad0; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0 auto; padding: 1.25rem; max-width: 80rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
header { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; margin-bottom: 1rem; }
h1 { font-size: 1.35rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
h3 { font-size: .95rem; margin: 0 0 .25rem; }
#seen { margin-left: auto; color: var(--quiet); }
.panel { border-radius: .5rem; padding: .75rem 1rem; margin-bottom: 1rem; overflow-wrap: anywhere; }
.panel p { margin: .15rem 0; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
.calm { background: var(--good-back); color: var(--good); }
.trouble { background: var(--bad-back); color: var(--bad); font-weight: 600; }
.caution { background: var(--warn-back); color: var(--warn); font-weight: 600; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); gap: .75rem; }
.pictures { grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); }
.big { font-size: 1.75rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; margin: 0; }
.card ul { margin: .25rem 0 0; padding: 0; list-style: none; color: var(--quiet); font-size: .9375rem; }
svg { display: block; width: 100%; height: 7rem; }
svg rect.ground { fill: none; stroke: var(--line); vector-effect: non-scaling-stroke; }
.f-2xx { fill: var(--fill-2xx); background: var(--fill-2xx); } .f-3xx { fill: var(--fill-3xx); background: var(--fill-3xx); }
.f-4xx { fill: var(--fill-4xx); background: var(--fill-4xx); } .f-5xx { fill: var(--fill-5xx); background: var(--fill-5xx); }
.f-gone { fill: var(--fill-gone); background: var(--fill-gone); }
.f-none { fill: var(--fill-none); background: var(--fill-none); }
.axis { display: flex; justify-content: space-between; color: var(--quiet); font-size: .8125rem; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; }
.legend i { display: inline-block; width: .75rem; height: .75rem; border-radius: .15rem; margin-right: .35rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
.table { overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .45rem .9rem; white-space: nowrap; vertical-align: top; }
th { color: var(--quiet); font-weight: 500; font-size: .875rem; border-bottom: 1px solid var(--line); }
tr + tr td { border-top: 1px solid var(--line); }
.wrapped td { white-space: normal; overflow-wrap: anywhere; min-width: 7rem; }
.wide { width: 100%; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.name { font-weight: 600; }
.quiet, .empty { color: var(--quiet); }
.mono { font-family: ui-monospace, monospace; font-size: .8125rem; overflow-wrap: anywhere; }
.warn { color: var(--warn); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.badge { display: inline-block; padding: 0 .6rem; border-radius: 1rem; font-size: .9375rem; font-weight: 600; }
.badge.good { background: var(--good-back); color: var(--good); }
.badge.warn { background: var(--warn-back); color: var(--warn); }
.badge.bad { background: var(--bad-back); color: var(--bad); }
label { display: block; color: var(--quiet); }
input { font: inherit; width: 100%; max-width: 32rem; padding: .35rem .6rem; color: var(--ink); background: var(--panel);
  border: 1px solid var(--quiet); border-radius: .4rem; }
#exchanges { margin-top: .75rem; }
#exchanges details { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; margin-bottom: .4rem; }
#exchanges summary { display: flex; flex-wrap: wrap; gap: .1rem .75rem; align-items: baseline; padding: .45rem .9rem;
  cursor: pointer; overflow-wrap: anywhere; }
#exchanges details > div { padding: .25rem .9rem .75rem; border-top: 1px solid var(--line); }
#exchanges summary .name { flex: 1 1 14rem; min-width: 0; }
ol { margin: .5rem 0 0; padding-left: 1.5rem; }
li p { margin: 0 0 .25rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
body.stale main { filter: grayscale(1); }
footer { margin-top: 1.75rem; }
footer a { margin-right: 1rem; }
@media (max-width: 30rem) { body { padding: .75rem; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; } }
`;

/** The policy under which a page with this style works, and with this script when it has one. */
export function contentSecurityPolicy(style: string, script?: string): string {
  return [
    "default-src 'none'",
    ...(script === undefined ? [] : [`script-src '${sha256(script)}'`, "connect-src 'self'"]),
    `style-src '${sha256(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function sha256(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
