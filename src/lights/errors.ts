import { faults } from '../domain/errors.js';

/** Every fault of the lights. Codes are LIGHTS_ and the key. Lamps never stop the service: `check` tells these. */
export const lightsFault = faults('LIGHTS', {
  LAMP_INVALID: {
    says: 'A lamp in the configuration does not fit its driver',
    advice: 'Driver gpio takes line offsets (numbers), driver leds takes names below /sys/class/leds.',
    cure: 'technician',
  },
  CHIP_UNKNOWN: {
    says: 'No GPIO chip was recognised',
    advice:
      'Set lights.chip to a label below /sys/class/gpio/gpiochip*/label; where the kernel has no /sys/class/gpio, use the driver leds with the leds-gpio overlay.',
    cure: 'technician',
  },
  LINE_UNAVAILABLE: {
    says: 'A line of the lamps cannot be driven',
    advice:
      'Check that the line is free and that the service may write to it (systemd/70-countersign.rules).',
    cure: 'technician',
  },
});
