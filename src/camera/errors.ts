import { faults } from '../domain/errors.js';

const CABLE =
  'Put the cable of the camera back in (power off first for a ribbon cable); it is opened again by itself.';

/** Every fault of the camera room. Codes are CAMERA_ and the key. */
export const cameraFault = faults('CAMERA', {
  DEVICE_INVALID: {
    says: 'The camera in the configuration is no device file',
    advice: 'Set camera.device to a file below /dev, best one of `ls /dev/v4l/by-id`.',
    cure: 'technician',
  },
  START_FAILED: {
    says: 'The camera gives no first picture',
    advice:
      'Run camera.command (or fswebcam) by hand and look at what it says; stop other programs that use the camera.',
    cure: 'technician',
  },
  GONE: { says: 'The camera went away', advice: CABLE, cure: 'operator' },
  TIMEOUT: {
    says: 'The camera is there and sends no whole picture any more',
    advice: CABLE,
    cure: 'operator',
  },
  BUSY: {
    says: 'The camera is already in use',
    advice: 'Only one at a time looks through the camera; report this with the log.',
    cure: 'developer',
  },
});
