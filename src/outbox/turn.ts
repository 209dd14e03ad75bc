/** What has come for the next commit; that of the patient waits a moment for more to share the commit. */
export interface Turn<Work> {
  add(work: Work, patient: boolean): void;
  readonly isEmpty: boolean;
  /** Where there are only patient ones: resolves when they have waited long enough. */
  gather(): Promise<void>;
  /** True when nothing is to be waited for. */
  readonly isRipe: boolean;
  take(): Work[];
  /** From now on nobody waits for others. */
  hurry(): void;
}

/** Most works of one commit. */
const MOST_AT_ONCE = 64;
/** Patient ones cost little each: so many make a commit by themselves, and so many ride along with one that hurries. */
const MOST_PATIENT = 128;
/** They wait as long as others keep coming, at most so many times so long. */
const LOOK_EVERY_MS = 5;
const MOST_LOOKS = 10;

export function createTurn<Work>(): Turn<Work> {
  const urgent: Work[] = [];
  const patient: Work[] = [];
  let hurried = false;
  /** Ends the wait for more. */
  let wake = (): void => {};

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const isRipe = (): boolean => urgent.length > 0 || patient.length >= MOST_PATIENT || hurried;
  return {
    add(work, isPatient) {
      (isPatient ? patient : urgent).push(work);
      if (isRipe()) wake();
    },
    get isEmpty() {
      return urgent.length === 0 && patient.length === 0;
    },
    get isRipe() {
      return isRipe();
    },
    async gather() {
      for (let looks = 0, before = 0; looks < MOST_LOOKS && patient.length > before && !isRipe(); looks++) {
        before = patient.length;
        await pause();
      }
    },
    take: () => [...urgent.splice(0, MOST_AT_ONCE), ...patient.splice(0, MOST_PATIENT)],
    hurry() {
      hurried = true;
      wake();
    },
  };
}
