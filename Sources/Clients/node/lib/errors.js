'use strict';

/** Any error of this package. */
class CloroMockError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** There is no cloro-mock program where it is looked for. */
class ProgramNotFound extends CloroMockError {}

/** The double has ended before it was ready, or wasn't ready in time; the text has what it said. */
class StartFailed extends CloroMockError {}

/** The double can't be reached, or didn't answer in time. */
class NoAnswer extends CloroMockError {}

/** The control API has refused a call. */
class ControlError extends CloroMockError {
  constructor(status, code, message, details) {
    super(`${status} ${code}: ${message}`);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** What was waited for didn't happen in time; `details` has what came nearest. */
class NotInTime extends ControlError {}

module.exports = {
  CloroMockError, ProgramNotFound, StartFailed, NoAnswer, ControlError, NotInTime,
};
