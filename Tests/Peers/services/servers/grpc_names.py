SERVICE, PREDICT = "digits.Digits", "Predict"
METHOD = f"/{SERVICE}/{PREDICT}"
