export class ModelFault extends Error {
  constructor(says: string, advice: string, options?: ErrorOptions);
}
