// Which organization operations exist, and how do they stay whole?
