// Is this token genuine and current?
