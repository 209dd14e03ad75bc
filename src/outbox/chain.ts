import { createHash } from 'node:crypto';

/** SHA-256 of a compact JWS, base64url: what the next report and the receipt name it by. */
export function hashOf(jws: string): string {
  return createHash('sha256').update(jws, 'ascii').digest('base64url');
}

/** What the chain is checked on: body where it is still there, hash always. */
export interface ChainLink {
  readonly seq: number;
  readonly hash: string;
  readonly jws: string | undefined;
}

export interface ChainProblem {
  readonly seq: number;
  readonly problem:
    | 'gap'
    | 'body-does-not-fit-hash'
    | 'previous-does-not-fit'
    | 'seq-does-not-fit'
    | 'unreadable';
}

/** Claims that matter to the chain, of a report whose signature is somebody else's business. */
function claimsOf(jws: string): { seq?: unknown; previous?: unknown; chainRestarted?: unknown } {
  return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8')) as object;
}

/**
 * Proves number and hash of a run of reports, oldest first. Where a body was erased after its receipt, its hash
 * stands for it: the report behind it names it. A report that bears the mark of a new beginning may follow a gap.
 */
export function checkChain(links: readonly ChainLink[]): ChainProblem[] {
  const problems: ChainProblem[] = [];
  let before: ChainLink | undefined;
  for (const link of links) {
    const problem = checkLink(link, before);
    if (problem !== undefined) problems.push({ seq: link.seq, problem });
    before = link;
  }
  return problems;
}

function checkLink(link: ChainLink, before: ChainLink | undefined): ChainProblem['problem'] | undefined {
  const gap = before !== undefined && link.seq !== before.seq + 1;
  if (link.jws === undefined) return gap ? 'gap' : undefined;
  if (hashOf(link.jws) !== link.hash) return 'body-does-not-fit-hash';
  let claims: ReturnType<typeof claimsOf>;
  try {
    claims = claimsOf(link.jws);
  } catch {
    return 'unreadable';
  }
  if (claims.seq !== link.seq) return 'seq-does-not-fit';
  if (claims.chainRestarted !== undefined) return undefined;
  if (gap) return 'gap';
  return before !== undefined && claims.previous !== before.hash ? 'previous-does-not-fit' : undefined;
}
