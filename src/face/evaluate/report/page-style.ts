/** The report's look: light, printable, nothing from elsewhere. */
export const PAGE_STYLE = `
:root { color-scheme: light; --ink: #1d2528; --soft: #5a676c; --line: #d8dfe1; --wash: #f4f7f7; --genuine: #0072b2; --impostor: #d55e00; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1060px; padding: 40px 32px 80px; color: var(--ink); background: #fff;
  font: 15px/1.5 system-ui, "Noto Sans", "Segoe UI", Helvetica, Arial, sans-serif; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 19px; margin: 44px 0 10px; padding-top: 14px; border-top: 2px solid var(--ink); }
h3 { font-size: 15px; margin: 22px 0 6px; }
p { margin: 6px 0; max-width: 90ch; }
.lead { color: var(--soft); margin-bottom: 20px; }
.note { color: var(--soft); font-size: 13px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 12px; margin: 20px 0 8px; }
.figures div { background: var(--wash); border-radius: 8px; padding: 12px 16px; }
.figures b { display: block; font-size: 25px; line-height: 1.25; font-weight: 650; font-variant-numeric: tabular-nums; }
.figures span { color: var(--soft); font-size: 13px; }
table { border-collapse: collapse; width: 100%; margin: 10px 0; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; font-size: 13px; color: var(--soft); border-bottom-color: var(--ink); }
th:first-child, td:first-child, .text { text-align: left; }
td small { display: block; color: var(--soft); font-size: 12px; white-space: nowrap; }
td.file { text-align: left; font: 13px ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
tr.first td { border-top: 1px solid var(--ink); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 10px 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 12px system-ui, "Noto Sans", sans-serif; fill: var(--soft); }
svg .title { fill: var(--ink); font-size: 13px; font-weight: 600; }
.det { max-width: 860px; } .det .grid line { stroke: var(--line); } .det .frame { fill: none; stroke: var(--soft); }
.det .equal { stroke: var(--soft); stroke-dasharray: 2 4; } .det .curves { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
.det .legend text { fill: var(--ink); font-size: 13px; }
.grid2 { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); gap: 18px; }
.histogram { max-width: 560px; } .histogram .genuine { fill: var(--genuine); fill-opacity: .55; stroke: var(--genuine); }
.histogram .impostor { fill: var(--impostor); fill-opacity: .4; stroke: var(--impostor); }
.histogram .thresholds line { stroke: var(--ink); stroke-dasharray: 3 3; } .histogram .thresholds text { fill: var(--ink); font-size: 11px; }
.histogram .base, .histogram .ticks line { stroke: var(--soft); }
.key { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin: 0 5px 0 14px; vertical-align: -1px; }
.key.genuine { background: var(--genuine); margin-left: 0; } .key.impostor { background: var(--impostor); }
summary { cursor: pointer; font-weight: 600; margin: 10px 0; }
@media screen and (max-width: 700px) { body { padding: 24px 16px 60px; } table { display: block; overflow-x: auto; } .grid2 { grid-template-columns: 1fr; } }
@media print { body { padding: 0; font-size: 11px; max-width: none; } h2 { break-after: avoid; } table, svg, .figures { break-inside: avoid; }
  table.long { break-inside: auto; } @page { margin: 16mm; } }
`;
