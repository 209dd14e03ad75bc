/** What went wrong in words for the technician, with what to do about it. The command prints it without a stack. */
export class ModelFault extends Error {
  name = 'ModelFault';

  constructor(says, advice, options) {
    super(`${says}\n  ${advice}`, options);
  }
}
