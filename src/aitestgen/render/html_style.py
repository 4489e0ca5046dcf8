"""The look of the HTML report: light and dark as the reader's system is, readable on paper and narrow screens."""

STYLE = """
:root { color-scheme: light dark; --back: #ffffff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --panel: #f6f8fa;
  --hit: #116329; --partial: #7d4e00; --missed: #a40e26; --hit-back: #e6f6ea; --partial-back: #fff4d6;
  --missed-back: #ffebe9; --accent: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --text: #e6edf3; --soft: #9ba5b0; --line: #3d444d;
  --panel: #161b22; --hit: #56d364; --partial: #e3b341; --missed: #ff8e84; --hit-back: #10281a; --partial-back: #2f2409;
  --missed-back: #361518; --accent: #79b8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem 1.5rem 4rem; max-width: 75rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
a { color: var(--accent); }
h1 { font-size: 1.6rem; } h2 { font-size: 1.35rem; margin-top: 2.5rem; } h3 { font-size: 1.1rem; margin-top: 2rem; }
h2, h3 { border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
code, pre, .code { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .875rem; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; overflow-x: auto;
  margin: .5rem 0; white-space: pre; }
pre.wrap { white-space: pre-wrap; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } caption { text-align: left; color: var(--soft); padding-bottom: .4rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
dl.figures { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
dl.figures div { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .9rem; background: var(--panel); }
dl.figures dt { color: var(--soft); font-size: .85rem; }
dl.figures dd { margin: 0; font-size: 1.15rem; font-weight: 600; }
.verdict { font-weight: 600; } .passed { color: var(--hit); } .bad { color: var(--missed); }
.source { border: 1px solid var(--line); border-radius: 6px; }
.source table { width: auto; min-width: 100%; }
.source td { border: 0; padding: 0 .6rem; white-space: pre; line-height: 1.45; }
.source td:last-child { width: 100%; }
.source td.at { text-align: right; color: var(--soft); user-select: none; }
.source td.mark { width: 1.5rem; text-align: center; font-weight: 700; user-select: none; }
tr.hit td.mark { color: var(--hit); border-left: 4px solid var(--hit); }
tr.partial td { background: var(--partial-back); }
tr.partial td.mark { color: var(--partial); border-left: 4px dashed var(--partial); }
tr.missed td { background: var(--missed-back); }
tr.missed td.mark { color: var(--missed); border-left: 4px double var(--missed); }
.source tr:target td { outline: 2px solid var(--accent); outline-offset: -2px; }
.source td.note { white-space: normal; color: var(--soft); font-size: .85rem; padding-bottom: .15rem; }
del, ins { text-decoration: none; } del { color: var(--missed); } ins { color: var(--hit); }
article { border: 1px solid var(--line); border-radius: 6px; padding: .25rem 1rem .75rem; margin: 1rem 0; }
article h4 { margin: .6rem 0; }
.bar { display: inline-block; height: .7rem; background: var(--accent); border-radius: 2px; min-width: 1px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; }
@media print { pre, .scroll { overflow: visible; white-space: pre-wrap; } details > * { display: block; } }
"""
