/** Cells are HTML; one that begins with `<td` is taken as it stands. Heads that begin with `<` stand to the left. */
export interface TableRow {
  readonly cells: readonly string[];
  /** A line is drawn above the first row of each group. */
  readonly group?: string;
}

export function table(heads: readonly string[], rows: readonly TableRow[]): string {
  if (rows.length === 0) return '<p class="note">None.</p>';
  const body = rows.map(({ cells, group }, i) => {
    const first = i > 0 && group !== undefined && rows[i - 1]?.group !== group;
    const inner = cells.map((each) => (each.startsWith('<td') ? each : `<td>${each}</td>`)).join('');
    return `<tr${first ? ' class="first"' : ''}>${inner}</tr>`;
  });
  const head = heads
    .map((each) => (each.startsWith('<') ? `<th class="text">${each.slice(1)}</th>` : `<th>${each}</th>`))
    .join('');
  return `<table${rows.length > 30 ? ' class="long"' : ''}><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table>`;
}

/** A figure with what qualifies it below. */
export function cell(figure: string, below: string): string {
  return `<td>${figure}<small>${below}</small></td>`;
}

export function textCell(text: string, kind: 'text' | 'file' | 'text file' = 'text'): string {
  return `<td class="${kind}">${text}</td>`;
}
