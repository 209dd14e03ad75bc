import type { Interval } from '../statistics/interval.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text from lists goes through this before it is HTML or SVG. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

/** `1.23 %`: three digits, no zeros that say nothing. */
export function percent(rate: number): string {
  if (rate === 0) return '0 %';
  return `${Number((rate * 100).toPrecision(rate < 0.1 ? 2 : 3))} %`;
}

export function percentRange({ low, high }: Interval): string {
  return `${percent(low).replace(' %', '')} – ${percent(high)}`;
}

/** A target rate as people write it: 1 %, 0.1 %. */
export function target(rate: number): string {
  return `${Number((rate * 100).toPrecision(1))} %`;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}
