package app

import (
	"fmt"

	"rivgate/admin"
	"rivgate/config"
	"rivgate/fault"
	"rivgate/record"
	"rivgate/record/audit"
)

// openAudit begins the audit log, if there is to be one.
func (a *App) openAudit(cfg *config.Config) error {
	settings := cfg.Audit
	if settings.File == "" {
		return nil
	}
	log, err := audit.Open(audit.Options{
		File:       string(settings.File),
		Rotate:     int64(settings.Rotate),
		Checkpoint: settings.Checkpoint,
		Refuse:     settings.OnFull == config.OnFullRefuse,
		Version:    a.o.Version,
		Logger:     a.logger,
	})
	if err != nil {
		return config.Errors{cfg.Problem("audit.file", oneLine(err.Error()))}
	}
	a.audit = log
	return nil
}

// sinks take the records of calls.
func (a *App) sinks() record.Sinks {
	sinks := record.Sinks{a.log, a.meter}
	if a.audit != nil {
		sinks = append(record.Sinks{a.audit}, sinks...) // evidence first, whatever becomes of the others
	}
	return sinks
}

// Who acts where no operator's address is known.
const (
	bySignal = "SIGHUP"
	byWatch  = "reload.watch"
)

// act leaves a line of an attempt to change something.
func (a *App) act(who, what, result string) {
	if a.audit != nil {
		a.audit.Act(who, fmt.Sprintf("%s: %s", what, result))
	}
}

// resultOf is an error, or its absence, as an act's result.
func resultOf(err error) string {
	if err != nil {
		return "failed: " + oneLine(err.Error())
	}
	return "ok"
}

// auditRefusal is the fault that calls get while they must not be served for
// want of an audit log, nil if they may be.
func (a *App) auditRefusal() error {
	if a.audit == nil {
		return nil
	}
	if err := a.audit.Refusal(); err != nil {
		return fault.Wrap(fault.Overloaded, "The audit log cannot be written.", fmt.Errorf("audit log: %w", err))
	}
	return nil
}

// auditMeasured is the log's state for metrics, nil if it is off.
func (a *App) auditMeasured() *record.AuditState {
	if a.audit == nil {
		return nil
	}
	status := a.audit.Status()
	return &record.AuditState{Failing: status.Failing != "", Head: status.Head, Lost: status.Lost}
}

// auditState is the log's state for operators, nil if it is off.
func (a *App) auditState() *admin.AuditState {
	if a.audit == nil {
		return nil
	}
	status := a.audit.Status()
	return &admin.AuditState{Refusing: errorText(a.audit.Refusal()), Failing: status.Failing, Lost: status.Lost}
}

func (a *App) closeAudit() error {
	if a.audit == nil {
		return nil
	}
	return a.audit.Close()
}
