// What would Logto say, with no Logto?
