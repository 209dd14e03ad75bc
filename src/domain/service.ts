/** What a visit is about (docs: ARCHITECTURE.md, "services"). */
export const SERVICES = [
  'new-number',
  'internet-access',
  'sim-replacement',
  'transfer',
  'numbers-in-my-name',
] as const;

export type Service = (typeof SERVICES)[number];

/** People a service needs, in the order in which they come to the counter. */
export const PEOPLE_OF_SERVICE: Readonly<Record<Service, readonly PersonRole[]>> = {
  'new-number': ['holder'],
  'internet-access': ['holder'],
  'sim-replacement': ['holder'],
  transfer: ['present-holder', 'new-holder'],
  'numbers-in-my-name': ['holder'],
};

/** Which part a person has in a visit. */
export type PersonRole = 'holder' | 'present-holder' | 'new-holder';
