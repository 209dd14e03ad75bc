import { hash } from 'node:crypto';
import { claimsOf } from '../contract/claims.js';

/** SHA-256 of a compact JWS, base64url: what the next report and the receipt name it by. */
export function hashOf(jws: string): string {
  return hash('sha256', jws, 'base64url');
}

/** What the chain is checked on: body where it is still there, hash always. */
export interface ChainLink {
  readonly seq: number;
  readonly id: string;
  readonly hash: string;
  readonly jws: string | undefined;
}

export interface ChainProblem {
  readonly seq: number;
  readonly problem:
    | 'gap'
    | 'body-does-not-fit-hash'
    | 'body-does-not-fit-row'
    | 'previous-does-not-fit'
    | 'unreadable';
}

/** Claims that matter to the chain, of a report whose signature is somebody else's business. */
interface Claims {
  readonly seq?: unknown;
  readonly id?: unknown;
  readonly previous?: unknown;
  readonly chainRestarted?: unknown;
}

function linkIn(jws: string): Claims | undefined {
  try {
    const claims = claimsOf(jws);
    return typeof claims === 'object' && claims !== null ? claims : undefined;
  } catch {
    return undefined;
  }
}

/** Is the body there, and as it was when its hash was noted? The quick question, for a link that once was sound. */
export function fitsHash({ jws, hash }: Pick<ChainLink, 'jws' | 'hash'>): boolean {
  return jws !== undefined && hashOf(jws) === hash;
}

/** Is the body there, and the one that number, id and hash were given for? */
export function isSound(link: ChainLink): boolean {
  return link.jws !== undefined && problemOfBody(link, link.jws) === undefined;
}

function problemOfBody({ seq, id, hash }: ChainLink, jws: string): ChainProblem['problem'] | undefined {
  if (hashOf(jws) !== hash) return 'body-does-not-fit-hash';
  const claims = linkIn(jws);
  if (claims === undefined) return 'unreadable';
  return claims.seq === seq && claims.id === id ? undefined : 'body-does-not-fit-row';
}

/**
 * Proves number and hash of a run of reports, oldest first. Where a body was erased after its receipt, its hash
 * stands for it: the report behind it names it. A report that bears the mark of a new beginning may follow a gap.
 */
export function checkChain(links: Iterable<ChainLink>): ChainProblem[] {
  const problems: ChainProblem[] = [];
  const check = chainChecker();
  for (const link of links) {
    const problem = check(link);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

/** The same, link by link. */
export function chainChecker(): (link: ChainLink) => ChainProblem | undefined {
  let before: ChainLink | undefined;
  return (link) => {
    const problem = problemOf(link, before);
    before = link;
    return problem === undefined ? undefined : { seq: link.seq, problem };
  };
}

function problemOf(link: ChainLink, before: ChainLink | undefined): ChainProblem['problem'] | undefined {
  const gap = before !== undefined && link.seq !== before.seq + 1;
  if (link.jws === undefined) return gap ? 'gap' : undefined;
  const problem = problemOfBody(link, link.jws);
  if (problem !== undefined) return problem;
  const claims = linkIn(link.jws);
  if (claims?.chainRestarted !== undefined) return undefined;
  if (gap) return 'gap';
  return before !== undefined && claims?.previous !== before.hash ? 'previous-does-not-fit' : undefined;
}
