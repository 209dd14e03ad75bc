import type { Check } from '../domain/check.js';
import { type FaultDetails, isCountersignError } from '../domain/errors.js';
import type { Comparison, FaceExamination, LivenessResult } from '../domain/face.js';
import type { VideoFrame } from '../domain/image.js';
import { type FaceFaultKey, faceFault } from './errors.js';

import type { FaceSessionOptions, ImageInput, PackTrial, ProbeExamination } from './port.js';

/** What the face's thread is asked, and what each question is answered with. No face data proper crosses here. */
export interface FaceWork {
  check: { readonly ask: null; readonly answer: Check };
  begin: { readonly ask: FaceSessionOptions; readonly answer: { readonly model: string } };
  reference: {
    readonly ask: { readonly photo: ImageInput; readonly hint: 'card' | 'any' };
    readonly answer: ReferenceExamination;
  };
  probe: { readonly ask: VideoFrame; readonly answer: ProbeExamination };
  compare: { readonly ask: null; readonly answer: Comparison | null };
  liveness: { readonly ask: null; readonly answer: LivenessResult };
  end: { readonly ask: null; readonly answer: null };
  /** Loads a pack beside what is in force and runs it. */
  try: { readonly ask: { readonly directory: string }; readonly answer: PackTrial };
  close: { readonly ask: null; readonly answer: null };
}

/** An examined still picture; `box` and `landmarks` refer to these pixels. */
export interface ReferenceExamination extends FaceExamination {
  readonly imageWidth: number;
  readonly imageHeight: number;
}

export type FaceTask = keyof FaceWork;

export interface FaceRequest<Task extends FaceTask = FaceTask> {
  readonly id: number;
  readonly task: Task;
  readonly ask: FaceWork[Task]['ask'];
}

export type FaceReply =
  | { readonly id: number; readonly answer: FaceWork[FaceTask]['answer'] }
  | { readonly id: number; readonly fault: FaultMessage };

/** A fault as it crosses from thread to thread, where classes are lost. */
export type FaultMessage =
  | { readonly kind: 'abort' }
  | { readonly kind: 'defect'; readonly message: string }
  | {
      readonly kind: 'fault';
      readonly key: FaceFaultKey;
      readonly cause: string;
      readonly details: FaultDetails;
    };

/** Given to the thread when it starts. */
export interface FaceThreadData {
  /** Engines to try, in this order, by address of their driver. */
  readonly engines: readonly string[];
  readonly threads: number;
  readonly modelsDirectory: string;
  readonly packsDirectory: string | undefined;
  readonly packSigners: string | undefined;
}

export function packFault(error: unknown): FaultMessage {
  if (isCountersignError(error)) {
    const { code, cause, details } = error;
    const why = cause instanceof Error ? cause.message : '';
    return { kind: 'fault', key: code.replace('FACE_', '') as FaceFaultKey, cause: why, details };
  }
  if (error instanceof Error && error.name === 'AbortError') return { kind: 'abort' };
  return { kind: 'defect', message: error instanceof Error ? error.message : String(error) };
}

export function unpackFault(message: FaultMessage): Error {
  switch (message.kind) {
    case 'abort':
      return abortError();
    case 'defect':
      return new Error(message.message);
    case 'fault': {
      const { key, cause, details } = message;
      return faceFault(key, cause === '' ? { details } : { details, cause: new Error(cause) });
    }
  }
}

export function abortError(): Error {
  return new DOMException('the comparison of this person has ended', 'AbortError');
}
