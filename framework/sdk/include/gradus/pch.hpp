#pragma once

// What plugins include, compiled once: torch/torch.h alone costs a plugin 18 s without it.
#include <torch/torch.h>

#include "gradus/activation.hpp"
#include "gradus/augmentation.hpp"
#include "gradus/model.hpp"
